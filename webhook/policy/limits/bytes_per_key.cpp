// bytesPerKey: The decoded bytes of the largest single value under data.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_key() {
  return {
      .kind = LimitKind::bytes_per_key,
      .scope = ScopeKind::secret,
      .name = "bytesPerKey",
      .unit = Unit::bytes,
      .noun = "data in one key",
      .measure = [](const secret::Facts& facts) -> std::uint64_t { return facts.largest_key_bytes(); },
      .minimum = 1,
      .of_keys = true,
  };
}

}  // namespace hygiene::policy::limits
