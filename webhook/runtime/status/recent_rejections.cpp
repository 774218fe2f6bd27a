#include "runtime/status/recent_rejections.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "policy/displayed_text.hpp"

namespace hygiene::runtime {

void RecentRejections::add(const Rejection& rejection) {
  const std::string in = base::truncate_utf8(rejection.namespace_name, policy::kNameShownBytesMax);
  const std::string name = base::truncate_utf8(rejection.name, policy::kNameShownBytesMax);
  const std::lock_guard lock(mutex_);
  const auto same = std::ranges::find_if(kept_, [&](const RecentRejection& kept) {
    return kept.limit == rejection.limit && kept.name == name && kept.namespace_name == in &&
           kept.policy == rejection.policy->name;
  });
  if (same != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, same);
  } else {
    if (kept_.size() == kKept) kept_.pop_back();
    RecentRejection& made = kept_.emplace_front();
    made.first = rejection.time;
    made.namespace_name = in;
    made.name = name;
    made.policy = rejection.policy->name;
    made.limit = rejection.limit;
  }
  RecentRejection& newest = kept_.front();
  newest.last = rejection.time;
  ++newest.times;
  newest.operation = rejection.operation;
  newest.measured = rejection.measured;
  newest.allowed = rejection.allowed;
  newest.counted = rejection.counted;
  newest.dry_run = rejection.dry_run;
}

std::vector<RecentRejection> RecentRejections::newest_first() const {
  const std::lock_guard lock(mutex_);
  return {kept_.begin(), kept_.end()};
}

}  // namespace hygiene::runtime
