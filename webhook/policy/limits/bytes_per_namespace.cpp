// bytesPerNamespace: The sum of bytesPerSecret's measure over the Secrets that the policy matches in one
// namespace.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_namespace() {
  return {
      .kind = LimitKind::bytes_per_namespace,
      .scope = ScopeKind::name_space,
      .name = "bytesPerNamespace",
      .unit = Unit::bytes,
      .noun = "data in the namespace",
      .minimum = 1,
  };
}

}  // namespace hygiene::policy::limits
