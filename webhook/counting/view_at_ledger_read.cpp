#include "counting/view_at_ledger_read.hpp"

namespace hygiene::counting {

void ViewAtLedgerRead::begin(std::vector<std::uint64_t> seen) {
  begun_ = true;
  changed_.clear();
  seen_ = std::move(seen);
}

void ViewAtLedgerRead::end() {
  begun_ = false;
  changed_.clear();
  seen_.clear();
}

void ViewAtLedgerRead::keep(const Subject& subject) {
  if (begun())
    keep(subject.namespace_name, subject.name, view_.inventory().find(subject.namespace_name, subject.name));
}

void ViewAtLedgerRead::keep(const StoredSecret& secret) {
  if (begun()) keep(secret.subject.namespace_name, secret.subject.name, secret);
}

void ViewAtLedgerRead::keep(std::string_view namespace_name, std::string_view name,
                            const std::optional<StoredSecret>& then) {
  Then kept;
  if (then) kept = {std::string(then->subject.type), then->stored};
  changed_.try_emplace({std::string(namespace_name), std::string(name)}, std::move(kept));
  if (changed_.size() > kNamesMax) end();
}

std::optional<StoredSecret> ViewAtLedgerRead::find(std::string_view namespace_name,
                                                   std::string_view name) const {
  const auto found = changed_.find({std::string(namespace_name), std::string(name)});
  if (found == changed_.end()) return view_.inventory().find(namespace_name, name);
  const auto& [in, own] = found->first;
  const auto& [type, stored] = found->second;
  return stored ? std::optional(StoredSecret{{in, own, type}, *stored}) : std::nullopt;
}

bool ViewAtLedgerRead::saw(std::string_view type, std::uint64_t revision) const {
  const auto watch = view_.plan().watch_of(type);
  return watch >= seen_.size() || revision <= seen_[watch];
}

}  // namespace hygiene::counting
