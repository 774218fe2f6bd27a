// annotationBytes: Keys and values of metadata.annotations. `kubectl apply` keeps a second copy of every
// value there, which every metadata-only cache holds. The API server allows 256 KiB.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule annotation_bytes() {
  return {
      .kind = LimitKind::annotation_bytes,
      .scope = ScopeKind::secret,
      .name = "annotationBytes",
      .unit = Unit::bytes,
      .noun = "annotations",
      .measure = [](const secret::Facts& facts) { return facts.annotation_bytes; },
      .minimum = 1,
  };
}

}  // namespace hygiene::policy::limits
