// bytesPerNamespace: The sum of bytesPerSecret's measure over the Secrets that the policy matches in one
// namespace.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_namespace() {
  return {.scope = ScopeKind::name_space, .name = "bytesPerNamespace", .noun = "data in the namespace"};
}

}  // namespace hygiene::policy::limits
