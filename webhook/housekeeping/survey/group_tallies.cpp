#include "housekeeping/survey/group_tallies.hpp"

#include "housekeeping/survey/top_n.hpp"

namespace hygiene::housekeeping {
namespace {

struct Larger {
  bool operator()(const Group& a, const Group& b) const {
    if (a.tally.object_bytes != b.tally.object_bytes) return a.tally.object_bytes > b.tally.object_bytes;
    return a.name < b.name;
  }
};

}  // namespace

bool GroupTallies::add(std::string_view name, const Tally& tally) {
  auto found = by_name_.find(name);
  if (found == by_name_.end() && by_name_.size() == names_max_) {
    beyond_ += tally;
    return false;
  }
  if (found == by_name_.end()) found = by_name_.emplace(std::string(name), Tally()).first;
  found->second += tally;
  return true;
}

Groups GroupTallies::groups() const {
  Groups made;
  TopN<Group, Larger> largest(Groups::kKept);
  made.others_tally = beyond_;
  for (const auto& [name, tally] : by_name_) {
    largest.offer({name, tally});
    made.others_tally += tally;
  }
  made.largest = largest.take();
  made.others = by_name_.size() - made.largest.size() + (beyond_.secrets > 0 ? 1 : 0);
  for (const Group& kept : made.largest) {
    made.others_tally.secrets -= kept.tally.secrets;
    made.others_tally.bytes -= kept.tally.bytes;
    made.others_tally.object_bytes -= kept.tally.object_bytes;
  }
  return made;
}

}  // namespace hygiene::housekeeping
