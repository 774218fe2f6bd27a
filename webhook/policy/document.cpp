#include "policy/document.hpp"

#include <algorithm>

#include "base/enum_names.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::policy {

std::string_view to_string(Mode mode) {
  return base::name_of<Mode::audit>(mode, {"Enforce", "Warn", "Audit"});
}

bool Policy::enforces(Operation operation) const {
  if (mode != Mode::enforce) return false;
  return (operation == Operation::create && enforce_on_create) ||
         (operation == Operation::update && enforce_on_update);
}

bool Policy::counts() const {
  return std::ranges::any_of(
      limit_rules(), [this](const LimitRule& rule) { return rule.across_secrets() && limit(rule.kind); });
}

bool Policy::sums_bytes() const {
  return std::ranges::any_of(limit_rules(),
                             [this](const LimitRule& rule) { return rule.sums_bytes() && limit(rule.kind); });
}

bool PolicySet::counts() const {
  return std::ranges::any_of(policies, [](const Policy& policy) { return policy.counts(); });
}

}  // namespace hygiene::policy
