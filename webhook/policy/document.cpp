#include "policy/document.hpp"

#include <algorithm>

#include "base/enum_names.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::policy {
namespace {

template <class Take>
void each_namespace_requirement(const Policy& policy, Take take) {
  for (const Selector* selector : {&policy.match, &policy.exclude}) {
    if (!selector->namespace_labels) continue;
    for (const auto& requirement : selector->namespace_labels->requirements) take(requirement);
  }
}

}  // namespace

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

bool Policy::selects_namespaces() const {
  bool selects = false;
  each_namespace_requirement(*this, [&selects](const auto&) { selects = true; });
  return selects;
}

bool PolicySet::counts() const {
  return std::ranges::any_of(policies, [](const Policy& policy) { return policy.counts(); });
}

std::vector<std::string> PolicySet::namespace_label_keys() const {
  std::vector<std::string> keys;
  for (const Policy& policy : policies)
    each_namespace_requirement(policy, [&keys](const auto& requirement) { keys.push_back(requirement.key); });
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace hygiene::policy
