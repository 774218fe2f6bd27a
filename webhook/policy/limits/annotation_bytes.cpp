// annotationBytes: Keys and values of metadata.annotations. `kubectl apply` keeps a second copy of every
// value there, which every metadata-only cache holds. The API server allows 256 KiB.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule annotation_bytes() {
  return {.name = "annotationBytes", .noun = "annotations", .measure = [](const secret::Facts& facts) {
            return facts.annotation_bytes;
          }};
}

}  // namespace hygiene::policy::limits
