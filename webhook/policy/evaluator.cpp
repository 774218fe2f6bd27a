#include "policy/evaluator.hpp"

#include <algorithm>
#include <array>

#include "base/enum_names.hpp"
#include "policy/limits/limit.hpp"
#include "policy/matcher.hpp"
#include "secret/helm.hpp"

namespace hygiene::policy {
namespace {

bool is_exempt(const ExemptRequests& exempt, const Requester* requester) {
  if (requester == nullptr) return false;
  return any_matches(exempt.users, requester->username) ||
         std::ranges::any_of(requester->groups, [&exempt](const std::string& group) {
           return any_matches(exempt.groups, group);
         });
}

// The stored Secret breaks the limit already, and the UPDATE adds nothing to what breaks it.
bool is_no_worse(const Policy& policy, const LimitRule& rule, std::uint64_t measured,
                 const Request& request) {
  if (request.stored == nullptr) return false;
  const std::uint64_t stored = rule.measure(*request.stored);
  if (measured <= stored) return true;
  return rule.growth != nullptr && stored > *policy.limit(rule.kind) &&
         rule.growth(*request.object) <= rule.growth(*request.stored);
}

// Why `policy` never denies this write. What never can be denied comes before what this policy allows.
Spared spared_whatever_the_sizes(const Policy& policy, const Request& request) {
  if (policy.mode != Mode::enforce) return Spared::no;
  const auto& object = *request.object;
  if (object.deleting) return Spared::deleting;
  const bool update = request.operation == Operation::update;
  if (update && secret::is_helm_release(object)) return Spared::helm_release;
  if (update && object.type == secret::kTypeServiceAccountToken) return Spared::service_account_token;
  return is_exempt(policy.exempt, request.requester) ? Spared::exempt : Spared::no;
}

// `spared` is what spared_whatever_the_sizes says.
Violation judge(const Policy& policy, const LimitRule& rule, std::uint64_t measured, const Request& request,
                Spared spared) {
  const bool update = request.operation == Operation::update;
  if (spared == Spared::no && policy.mode == Mode::enforce && update &&
      is_no_worse(policy, rule, measured, request)) {
    spared = Spared::not_worse;
  }
  return {&policy, rule.kind, measured, *policy.limit(rule.kind), outcome_of(policy.mode, spared), spared};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  return base::name_of<Outcome::spared>(outcome, {"denied", "warned", "audited", "spared"});
}

Spared spared_from_sums(const Policy& policy, const Request& request) {
  return spared_whatever_the_sizes(policy, request);
}

Outcome outcome_of(Mode mode, Spared spared) {
  if (mode == Mode::audit) return Outcome::audited;
  if (mode == Mode::warn || spared == Spared::not_worse) return Outcome::warned;
  return spared == Spared::no ? Outcome::denied : Outcome::spared;
}

bool applies(const Policy& policy, const secret::Facts& object) {
  return matches_all(policy.match, object) && !matches_any(policy.exclude, object);
}

std::vector<Violation> find_violations(const PolicySet& policies, const Request& request) {
  std::vector<Violation> violations;
  if (request.operation != Operation::create && request.operation != Operation::update) return violations;
  const auto rules = limit_rules();
  // Measured once, however many policies limit it: a Secret may have 26,500 labels.
  std::array<std::optional<std::uint64_t>, kLimitKinds> measures;
  for (const auto& policy : policies.policies) {
    // Numbers are compared first: nearly every Secret is within them, and patterns cost more.
    std::optional<Spared> spared;  // given: the policy is known to apply
    for (const auto& rule : rules) {
      const auto allowed = policy.limit(rule.kind);
      if (!allowed || rule.across_secrets()) continue;
      auto& measured = measures[static_cast<std::size_t>(rule.kind)];
      if (!measured) measured = rule.measure(*request.object);
      if (*measured <= *allowed) continue;
      if (!spared) {
        if (!applies(policy, *request.object)) break;
        spared = spared_whatever_the_sizes(policy, request);
      }
      violations.push_back(judge(policy, rule, *measured, request, *spared));
    }
  }
  return violations;
}

LabelPlan plan_labels(const PolicySet& policies, const secret::Facts& object) {
  std::vector<const Policy*> matching;
  for (const auto& policy : policies.policies) {
    // Others put nothing on a Secret.
    if (policy.labels.empty() && !policy.sums_bytes()) continue;
    if (applies(policy, object)) matching.push_back(&policy);
  }
  return make_label_plan(policies, matching, object);
}

}  // namespace hygiene::policy
