#include "policy/evaluator.hpp"

#include <algorithm>

#include "base/enum_names.hpp"
#include "policy/exception.hpp"
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

// An UPDATE that does not grow what breaks `rule`: the Secret is as large already, or breaks the limit
// already and what it may not grow stays. Both are compared as their users wrote them: what we have put on
// one of them must not make room for the other.
bool is_no_worse(const LimitRule& rule, std::uint64_t measured, std::uint64_t allowed,
                 const secret::Facts& object, const secret::Facts& stored) {
  const std::uint64_t before = rule.measure(stored);
  if (measured <= before) return true;
  return rule.growth != nullptr && before > allowed && rule.growth(object) <= rule.growth(stored);
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  return base::name_of<Outcome::spared>(outcome, {"denied", "warned", "audited", "spared"});
}

Spared spared_whatever_the_sizes(const Policy& policy, const Request& request) {
  if (mode_on(policy, request.operation) != Mode::enforce) return Spared::no;
  // What never can be denied comes before what this policy allows.
  const auto& object = *request.object;
  const bool update = request.operation == Operation::update;
  if (update && secret::helm_revision(object)) return Spared::helm_release;
  if (update && object.type == secret::kTypeServiceAccountToken) return Spared::service_account_token;
  return is_exempt(policy.exempt, request.requester) || is_excepted(policy, request) ? Spared::exempt
                                                                                     : Spared::no;
}

Outcome outcome_of(Mode mode, Spared spared) {
  if (mode == Mode::audit) return Outcome::audited;
  if (mode == Mode::warn || spared == Spared::not_worse) return Outcome::warned;
  return spared == Spared::no ? Outcome::denied : Outcome::spared;
}

Mode mode_on(const Policy& policy, Operation operation) {
  return policy.mode == Mode::enforce && !policy.enforces(operation) ? Mode::warn : policy.mode;
}

bool Evaluation::applies(const Policy& policy) const {
  const secret::Labels* labels = request_.namespace_labels;
  if (labels == nullptr && policy.selects_namespaces()) return false;
  return matches_all(policy.match, ownership_.users_part(), labels) &&
         !matches_any(policy.exclude, ownership_.users_part(), labels);
}

std::vector<Violation> Evaluation::violations() const {
  std::vector<Violation> violations;
  if (request_.operation != Operation::create && request_.operation != Operation::update) return violations;
  const secret::Facts& object = ownership_.users_part();
  std::optional<Ownership> stored;
  for (const auto& policy : policies_.policies) {
    // Numbers are compared first: nearly every Secret is within them, and patterns cost more.
    std::optional<bool> applied;
    Mode mode{};
    Spared whatever_the_sizes{};
    for (const auto& rule : limit_rules()) {
      const auto allowed = policy.limit(rule.kind);
      if (!allowed || rule.across_secrets()) continue;
      const std::uint64_t measured = rule.measure(object);
      if (measured <= *allowed) continue;
      if (!applied) {
        applied = applies(policy);
        mode = mode_on(policy, request_.operation);
        whatever_the_sizes = spared_whatever_the_sizes(policy, request_);
      }
      if (!*applied) break;
      Spared spared = whatever_the_sizes;
      if (mode == Mode::enforce && spared == Spared::no && request_.stored != nullptr) {
        if (!stored) stored.emplace(policies_, *request_.stored);
        if (is_no_worse(rule, measured, *allowed, object, stored->users_part()))
          spared = object.deleting ? Spared::deleting : Spared::not_worse;
      }
      violations.push_back({&policy, rule.kind, measured, *allowed, outcome_of(mode, spared), spared});
    }
  }
  return violations;
}

LabelPlan Evaluation::label_plan() const {
  std::vector<const Policy*> matching;
  for (const auto& policy : policies_.policies) {
    // Others put nothing on a Secret.
    if (policy.labels.empty() && !policy.sums_bytes()) continue;
    if (applies(policy)) matching.push_back(&policy);
  }
  return make_label_plan(ownership_, matching);
}

std::vector<Violation> find_violations(const PolicySet& policies, const Request& request) {
  return Evaluation(policies, request).violations();
}

LabelPlan plan_labels(const PolicySet& policies, const secret::Facts& object, const secret::Facts* stored) {
  const Request request{.object = &object, .stored = stored};
  return Evaluation(policies, request).label_plan();
}

}  // namespace hygiene::policy
