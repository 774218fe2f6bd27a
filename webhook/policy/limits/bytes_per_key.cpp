// bytesPerKey: The decoded bytes of the largest single value under data.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_key() {
  return {.name = "bytesPerKey",
          .noun = "data in one key",
          .measure = [](const secret::Facts& facts) -> std::uint64_t { return facts.largest_key_bytes(); },
          .of_keys = true};
}

}  // namespace hygiene::policy::limits
