// keysPerSecret: The number of keys under data. The API server sets no bound: 60,000 empty ones are stored.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {

LimitRule keys_per_secret() {
  return {.name = "keysPerSecret",
          .unit = Unit::count,
          .noun = "keys",
          .measure = [](const secret::Facts& facts) -> std::uint64_t { return facts.key_count; },
          .of_keys = true};
}

}  // namespace hygiene::policy::limits
