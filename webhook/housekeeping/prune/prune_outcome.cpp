#include "housekeeping/prune/prune_outcome.hpp"

#include <algorithm>

#include "base/enum_names.hpp"

namespace hygiene::housekeeping {

std::string_view to_string(RevisionResult result) {
  return base::name_of<RevisionResult::failed>(result, {"planned", "deleted", "gone", "left", "failed"});
}

std::uint64_t PruneRow::count(RevisionResult result) const {
  return static_cast<std::uint64_t>(std::ranges::count(results, result));
}

std::uint64_t PruneRow::bytes(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] == result) sum += plan.going[i].bytes.value_or(0);
  }
  return sum;
}

std::uint64_t PruneRow::unmeasured(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] == result && !plan.going[i].bytes) ++sum;
  }
  return sum;
}

std::uint64_t PruneOutcome::count(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (const PruneRow& row : rows) sum += row.count(result);
  return sum;
}

std::uint64_t PruneOutcome::bytes(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (const PruneRow& row : rows) sum += row.bytes(result);
  return sum;
}

std::uint64_t PruneOutcome::unmeasured(RevisionResult result) const {
  std::uint64_t sum = 0;
  for (const PruneRow& row : rows) sum += row.unmeasured(result);
  return sum;
}

}  // namespace hygiene::housekeeping
