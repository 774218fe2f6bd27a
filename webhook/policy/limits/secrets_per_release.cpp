// secretsPerRelease: How many revisions Helm keeps of one release. At least 2: Helm prunes before it creates,
// and never the deployed one, so that even --history-max 1 holds 2, and a limit of 1 would stop every
// upgrade.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule secrets_per_release() {
  return {.scope = ScopeKind::release,
          .name = "secretsPerRelease",
          .unit = Unit::count,
          .noun = "revisions of the release",
          .minimum = 2};
}

}  // namespace hygiene::policy::limits
