// A Secret as it is once a label plan is done, and what our annotations add to its sizes. Thread-safety: pure
// functions.
#pragma once

#include <cstdint>

#include "base/invariant.hpp"
#include "policy/label_plan.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy {

// What leaves and what enters a sum of bytes.
struct SizeChange {
  std::uint64_t removed = 0;
  std::uint64_t added = 0;

  // `sum`, which holds what is removed, after the change.
  std::uint64_t of(std::uint64_t sum) const { return base::checked_difference(sum, removed) + added; }
};

// Keys and values of our two annotations on `object`, before and after `plan`, as far as it changes them.
SizeChange annotation_change(const LabelPlan& plan, const secret::Facts& object);

// `object` after `plan`: what validation sees, since mutation comes first. Reported changes are not made.
secret::Facts facts_after(const LabelPlan& plan, const secret::Facts& object);

}  // namespace hygiene::policy
