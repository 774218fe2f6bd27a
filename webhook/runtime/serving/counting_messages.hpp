// What the counting engine decided of a write, as what its user reads. Thread-safety: pure function, but for
// the names that it asks of the SharedEngine.
#pragma once

#include <vector>

#include "policy/shortage.hpp"
#include "runtime/counting/shared_engine.hpp"

namespace hygiene::runtime {

// Limits that are broken, nearly used up, or not known; policies by the answer's selection, which must live.
// `deny_unknown`: --when-counts-unknown=deny.
std::vector<policy::Shortage> shortages_of(const CountingAnswer& answer, SharedEngine& engine,
                                           bool deny_unknown);

}  // namespace hygiene::runtime
