// What the counting engine decided of a write, as what its user reads. Thread-safety: pure function, but for
// the names that it asks of the Quota.
#pragma once

#include <vector>

#include "policy/shortage.hpp"
#include "runtime/quota/quota.hpp"

namespace hygiene::runtime {

// Limits that are broken, nearly used up, or not known; policies by the answer's selection, which must live.
// `deny_unknown`: --when-counts-unknown=deny.
std::vector<policy::Shortage> shortages_of(const QuotaAnswer& answer, Quota& quota, bool deny_unknown);

}  // namespace hygiene::runtime
