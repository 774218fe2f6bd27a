// What is said of a write while the labels of its namespace are not known, and policies select by them.
// Thread-safety: pure functions.
#pragma once

#include <vector>

#include "policy/request.hpp"
#include "policy/shortage.hpp"
#include "runtime/serving/active_policies.hpp"

namespace hygiene::runtime {

// One for each policy that applies in some namespaces and may deny the write, or warn of it, there: by a
// limit that the write breaks, or one across Secrets. `deny_unknown`: --when-counts-unknown=deny.
std::vector<policy::Shortage> limits_not_judged(const ActivePolicies& active, const policy::Request& request,
                                                bool deny_unknown);

// True if a policy that applies in some namespaces puts something on the Secret there.
bool may_label(const ActivePolicies& active, const policy::Request& request);

}  // namespace hygiene::runtime
