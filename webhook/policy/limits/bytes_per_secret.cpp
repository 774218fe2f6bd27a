// bytesPerSecret: The decoded bytes of the values under data (and stringData, offline): what the API server's
// own limit of 1 MiB sums. Keys do not count, nor does anything outside data: bytesPerObject and
// keysPerSecret see those.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_secret() {
  return {.name = "bytesPerSecret",
          .noun = "data",
          .measure = [](const secret::Facts& facts) -> std::uint64_t { return facts.data_bytes; },
          .of_keys = true};
}

}  // namespace hygiene::policy::limits
