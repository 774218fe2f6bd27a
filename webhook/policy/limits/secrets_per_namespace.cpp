// secretsPerNamespace: How many Secrets the policy matches in one namespace. 0 keeps them out of it.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule secrets_per_namespace() {
  return {.scope = ScopeKind::name_space,
          .name = "secretsPerNamespace",
          .unit = Unit::count,
          .noun = "Secrets in the namespace",
          .minimum = 0};
}

}  // namespace hygiene::policy::limits
