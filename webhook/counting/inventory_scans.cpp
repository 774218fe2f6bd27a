// What passes over all records: rare, and bounded by their number.
#include <algorithm>
#include <tuple>

#include "counting/inventory.hpp"

namespace hygiene::counting {

void Inventory::unmark(Mark mark, const Filter& among) {
  for (std::uint32_t number = 0; number < records_; ++number) {
    auto& found = record(number);
    if (found.name_at != kFree && among(subject_of(found))) found.bytes_and_mark &= ~bit_of(mark);
  }
}

void Inventory::sweep(Mark mark, const Filter& among, std::uint64_t revision, const Visit& gone) {
  for (std::uint32_t number = 0; number < records_; ++number) {
    const auto& found = record(number);
    if (found.name_at == kFree || found.revision > revision || (found.bytes_and_mark & bit_of(mark)) != 0 ||
        !among(subject_of(found)))
      continue;
    // What it lies in is used again once it is out.
    const auto secret = secret_of(found);
    const std::string in(secret.subject.namespace_name), name(secret.subject.name), type(secret.subject.type);
    erase(number);
    gone({{in, name, type}, secret.stored});
  }
}

std::optional<std::uint32_t> Inventory::visit_some(std::uint32_t from, std::uint32_t most,
                                                   const Visit& visit) const {
  const std::uint32_t end = records_ - std::min(from, records_) > most ? from + most : records_;
  for (std::uint32_t number = from; number < end; ++number) {
    if (record(number).name_at != kFree) visit(secret_of(record(number)));
  }
  return end < records_ ? std::optional(end) : std::nullopt;
}

std::vector<StoredSecret> Inventory::unmeasured(std::size_t most) const {
  std::vector<StoredSecret> found;
  const bool any = selection_ && std::ranges::any_of(selection_->counting(), [&](std::uint32_t policy) {
                     return selection_->policies().policies[policy].sums_bytes() &&
                            tally(selection_->scope_of(policy, ScopeKind::cluster, {})).unmeasured != 0;
                   });
  for (std::uint32_t number = 0; any && number < records_ && found.size() < most; ++number) {
    if (record(number).name_at == kFree) continue;
    const auto secret = secret_of(record(number));
    if (secret.stored.bytes) continue;
    const bool needed = std::ranges::any_of(selection_->counting(), [&](std::uint32_t policy) {
      return selection_->policies().policies[policy].sums_bytes() &&
             selection_->selects(policy, secret.subject);
    });
    if (needed) found.push_back(secret);
  }
  return found;
}

std::vector<StoredSecret> Inventory::extremes(const Scope& scope, Order order) const {
  const auto before = [order](const StoredSecret& a, const StoredSecret& b) {
    const auto key = [order](const StoredSecret& secret) {
      const std::uint64_t first =
          order == Order::largest ? ~secret.stored.bytes.value_or(0) : std::uint64_t{secret.stored.created_s};
      return std::tuple(first, secret.subject.namespace_name, secret.subject.name);
    };
    return key(a) < key(b);
  };
  std::vector<StoredSecret> best;
  for (std::uint32_t number = 0; selection_ && number < records_; ++number) {
    if (record(number).name_at == kFree) continue;
    const auto secret = secret_of(record(number));
    // Numbers first: patterns and hashes cost more.
    if (best.size() == kExtremes && !before(secret, best.back())) continue;
    if (!selection_->lies_in(scope, secret.subject) || !selection_->selects(scope.policy, secret.subject))
      continue;
    best.insert(std::ranges::upper_bound(best, secret, before), secret);
    if (best.size() > kExtremes) best.pop_back();
  }
  return best;
}

}  // namespace hygiene::counting
