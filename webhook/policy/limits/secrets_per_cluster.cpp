// secretsPerCluster: How many Secrets the policy matches in the whole cluster. Enforce only beside a limit
// per namespace: else one namespace could use it up for all others.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule secrets_per_cluster() {
  return {.scope = ScopeKind::cluster,
          .name = "secretsPerCluster",
          .unit = Unit::count,
          .noun = "Secrets in the cluster",
          .minimum = 0};
}

}  // namespace hygiene::policy::limits
