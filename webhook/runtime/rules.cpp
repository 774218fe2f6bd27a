#include "runtime/rules.hpp"

#include "policy/limits/limit.hpp"

namespace hygiene::runtime {
namespace {

using policy::LabelAction;

constexpr std::array<std::string_view, 4> kActionNames{"add", "replace", "remove", "report"};

}  // namespace

Rules::Rules(std::shared_ptr<const policy::PolicySet> policies, telemetry::Metrics& metrics)
    : policies_(std::move(policies)),
      removals_(&metrics.labels_applied("", kActionNames[static_cast<std::size_t>(LabelAction::remove)])) {
  for (const policy::Policy& policy : policies_->policies) {
    Handles& handles = handles_.emplace_back();
    for (const policy::LimitRule& rule : policy::limit_rules()) {
      if (!policy.limit(rule.kind)) continue;
      handles.violations[static_cast<std::size_t>(rule.kind)] =
          &metrics.violations(policy.name, rule.name, to_string(policy.mode));
    }
    if (policy.labels.empty()) continue;
    for (const LabelAction action : {LabelAction::add, LabelAction::replace, LabelAction::report}) {
      const auto index = static_cast<std::size_t>(action);
      handles.labels[index] = &metrics.labels_applied(policy.name, kActionNames[index]);
    }
  }
}

const Rules::Handles& Rules::handles(const policy::Policy* policy) const {
  return handles_[static_cast<std::size_t>(policy - policies_->policies.data())];
}

prometheus::Counter& Rules::violations(const policy::Violation& violation) const {
  return *handles(violation.policy).violations[static_cast<std::size_t>(violation.limit)];
}

prometheus::Counter& Rules::labels_applied(const policy::LabelChange& change) const {
  if (change.action == LabelAction::remove) return *removals_;
  return *handles(change.policy).labels[static_cast<std::size_t>(change.action)];
}

}  // namespace hygiene::runtime
