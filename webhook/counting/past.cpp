#include "counting/past.hpp"

namespace hygiene::counting {

void Past::begin(std::vector<std::uint64_t> seen) {
  begun_ = true;
  changed_.clear();
  seen_ = std::move(seen);
}

void Past::end() {
  begun_ = false;
  changed_.clear();
  seen_.clear();
}

void Past::keep(const Subject& subject) {
  if (begun())
    keep(subject.namespace_name, subject.name, view_.inventory().find(subject.namespace_name, subject.name));
}

void Past::keep(const StoredSecret& secret) {
  if (begun()) keep(secret.subject.namespace_name, secret.subject.name, secret);
}

void Past::keep(std::string_view namespace_name, std::string_view name,
                const std::optional<StoredSecret>& then) {
  Then kept;
  if (then) kept = {std::string(then->subject.type), then->stored};
  changed_.try_emplace({std::string(namespace_name), std::string(name)}, std::move(kept));
  if (changed_.size() > kNamesMax) end();
}

std::optional<StoredSecret> Past::find(std::string_view namespace_name, std::string_view name) const {
  const auto found = changed_.find({std::string(namespace_name), std::string(name)});
  if (found == changed_.end()) return view_.inventory().find(namespace_name, name);
  const auto& [in, own] = found->first;
  const auto& [type, stored] = found->second;
  return stored ? std::optional(StoredSecret{{in, own, type}, *stored}) : std::nullopt;
}

bool Past::saw(std::string_view type, std::uint64_t revision) const {
  const auto watch = view_.plan().watch_of(type);
  return watch >= seen_.size() || revision <= seen_[watch];
}

}  // namespace hygiene::counting
