#include "runtime/serving/active_policies.hpp"

#include "policy/limits/limit.hpp"

namespace hygiene::runtime {

using policy::LabelAction;

ActivePolicies::ActivePolicies(std::shared_ptr<const policy::PolicySet> policies, telemetry::Metrics& metrics)
    : policies_(std::move(policies)),
      namespace_keys_(policies_->namespace_label_keys()),
      in_any_namespace_(*policies_),
      removals_(&metrics.labels_applied("", to_string(LabelAction::remove))) {
  for (policy::Policy& policy : in_any_namespace_.policies) {
    policy.match.namespace_labels.reset();
    policy.exclude.namespace_labels.reset();
  }
  for (const policy::Policy& policy : policies_->policies) {
    Handles& handles = handles_.emplace_back();
    for (const policy::LimitRule& rule : policy::limit_rules()) {
      if (!policy.limit(rule.kind)) continue;
      handles.violations[static_cast<std::size_t>(rule.kind)] =
          &metrics.violations(policy.name, rule.name, to_string(policy.mode));
    }
    if (policy.labels.empty()) continue;
    for (const LabelAction action : {LabelAction::add, LabelAction::replace, LabelAction::report}) {
      handles.labels[static_cast<std::size_t>(action)] =
          &metrics.labels_applied(policy.name, to_string(action));
    }
  }
}

const ActivePolicies::Handles& ActivePolicies::handles(const policy::Policy* policy) const {
  return handles_[static_cast<std::size_t>(policy - policies_->policies.data())];
}

prometheus::Counter& ActivePolicies::violations(const policy::Violation& violation) const {
  return *handles(violation.policy).violations[static_cast<std::size_t>(violation.limit)];
}

prometheus::Counter& ActivePolicies::labels_applied(const policy::LabelChange& change) const {
  if (change.action == LabelAction::remove) return *removals_;
  return *handles(change.policy).labels[static_cast<std::size_t>(change.action)];
}

}  // namespace hygiene::runtime
