// bytesPerCluster: The sum of bytesPerSecret's measure over all Secrets that the policy matches. Enforce only
// beside a limit per namespace: else one namespace could use it up for all others.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_cluster() {
  return {.scope = ScopeKind::cluster, .name = "bytesPerCluster", .noun = "data in the cluster"};
}

}  // namespace hygiene::policy::limits
