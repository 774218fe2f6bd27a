#include "runtime/serving/unknown_namespace.hpp"

#include <algorithm>
#include <optional>

#include "policy/evaluator.hpp"
#include "policy/label_plan.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::runtime {
namespace {

using policy::Outcome;
using policy::Policy;
using policy::Violation;

// Calls `take` with each policy that applies in some namespaces, as if it did in all, if it is about the
// Secret.
template <class Take>
void each_that_may_apply(const ActivePolicies& active, const policy::Evaluation& evaluation, Take take) {
  const auto& policies = active.policies().policies;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const Policy& anywhere = active.in_any_namespace().policies[i];
    if (policies[i].selects_namespaces() && evaluation.applies(anywhere)) take(policies[i], anywhere);
  }
}

// A limit across Secrets by which the policy may judge the write.
std::optional<Violation> counted(const Policy& policy, const policy::Request& request) {
  const bool create = request.operation == policy::Operation::create;
  const bool grows = request.operation == policy::Operation::update && request.stored != nullptr &&
                     request.object->data_bytes > request.stored->data_bytes;
  for (const policy::LimitRule& rule : policy::limit_rules()) {
    if (!rule.across_secrets() || !policy.limit(rule.kind)) continue;
    if (!create && !(grows && rule.sums_bytes())) continue;
    const auto spared = policy::spared_whatever_the_sizes(policy, request);
    const auto outcome = policy::outcome_of(policy::mode_on(policy, request.operation), spared);
    return Violation{&policy, rule.kind, 0, *policy.limit(rule.kind), outcome, spared};
  }
  return std::nullopt;
}

}  // namespace

std::vector<policy::Shortage> limits_not_judged(const ActivePolicies& active, const policy::Request& request,
                                                bool deny_unknown) {
  const policy::Evaluation evaluation(active.in_any_namespace(), request);
  const auto violations = evaluation.violations();
  std::vector<policy::Shortage> found;
  each_that_may_apply(active, evaluation, [&](const Policy& policy, const Policy& anywhere) {
    const auto broken = std::ranges::find(violations, &anywhere, &Violation::policy);
    auto violation =
        broken != violations.end() ? std::optional<Violation>(*broken) : counted(anywhere, request);
    if (!violation || (violation->outcome != Outcome::denied && violation->outcome != Outcome::warned))
      return;
    violation->policy = &policy;
    if (!deny_unknown) violation->outcome = Outcome::warned;
    policy::Shortage& shortage = found.emplace_back();
    shortage.kind = policy::Shortage::Kind::unknown;
    shortage.violation = *violation;
    shortage.why = "the labels of its namespace are not known";
  });
  return found;
}

bool may_label(const ActivePolicies& active, const policy::Request& request) {
  const policy::Evaluation evaluation(active.in_any_namespace(), request);
  bool labels = false;
  each_that_may_apply(active, evaluation, [&labels](const Policy& policy, const Policy&) {
    labels = labels || !policy.labels.empty() || policy.sums_bytes();
  });
  return labels;
}

}  // namespace hygiene::runtime
