#include "housekeeping/survey/comparison_builder.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "policy/evaluator.hpp"
#include "policy/facts_after.hpp"
#include "policy/limits/limit.hpp"
#include "policy/message.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::PolicySet;

// Why a CREATE is denied; nothing: it is not.
std::optional<std::string> denial_of(const PolicySet& policies, const policy::Request& write) {
  const auto violations = policy::find_violations(policies, write);
  const auto denied = std::ranges::find(violations, policy::Outcome::denied, &policy::Violation::outcome);
  if (denied == violations.end()) return std::nullopt;
  return denied->policy->name + ": " + policy::comparison(denied->limit, denied->measured, denied->allowed);
}

// The labels of `after` that `before` lacks, or has with another value.
std::string labels_beyond(const secret::Labels& before, const secret::Labels& after) {
  std::string text;
  for (const secret::Label& label : after) {
    const std::string* other = before.find(label.key);
    if (other != nullptr && *other == label.value) continue;
    text += (text.empty() ? "" : ",") + label.key + '=' + label.value;
  }
  return text;
}

using Scope = std::tuple<std::string, std::string, policy::ScopeKind>;  // namespace, name

// The scopes over a limit that denies, each with why.
std::map<Scope, std::string> full_scopes(const Survey& survey, const PolicySet& policies) {
  std::map<Scope, std::string> full;
  for (const NamespaceFindings& found : survey.findings) {
    for (const Finding& finding : found.findings) {
      const policy::LimitRule& rule = policy::limit_rule(finding.limit);
      const policy::Policy& policy = policies.policies[finding.policy];
      if (!rule.across_secrets() || !policy.enforces(policy::Operation::create)) continue;
      full.try_emplace({found.namespace_name, finding.name, rule.scope},
                       policy.name + ": " + describe(survey, finding));
    }
  }
  return full;
}

void add_beyond(const std::map<Scope, std::string>& before, const std::map<Scope, std::string>& after,
                Changes& changes) {
  for (const auto& [scope, why] : after) {
    if (!before.contains(scope)) changes.add({std::get<0>(scope), std::get<1>(scope), why});
  }
}

}  // namespace

ComparisonBuilder::ComparisonBuilder(std::shared_ptr<const PolicySet> old_policies,
                                     std::shared_ptr<const PolicySet> new_policies,
                                     std::chrono::sys_seconds now,
                                     std::shared_ptr<secret::NamespaceLabels> namespaces)
    : old_(std::move(old_policies)),
      new_(std::move(new_policies)),
      now_(now),
      namespaces_(std::move(namespaces)),
      by_old_(old_, namespaces_) {}

void ComparisonBuilder::add(const StoredSecret& stored) {
  by_old_.add(stored);
  policy::Request write{.object = &stored.facts, .now = now_};
  if (namespaces_) write.namespace_labels = &namespaces_->of(stored.facts.namespace_name);
  if (!stored.facts.deleting) compare_denials(write);
  compare_labels(write);
}

void ComparisonBuilder::compare_denials(const policy::Request& write) {
  const secret::Facts& facts = *write.object;
  const auto before = denial_of(*old_, write);
  const auto after = denial_of(*new_, write);
  if (before.has_value() == after.has_value()) return;
  Changes& changes = after ? comparison_.newly_denied : comparison_.no_longer_denied;
  changes.add({facts.namespace_name, facts.name, after ? *after : *before});
}

void ComparisonBuilder::compare_labels(const policy::Request& write) {
  const secret::Facts& facts = *write.object;
  const auto labels_by = [&](const PolicySet& policies) {
    return policy::facts_after(policy::Evaluation(policies, write).label_plan(), facts).labels;
  };
  const secret::Labels before = labels_by(*old_);
  const secret::Labels after = labels_by(*new_);
  std::string gained = labels_beyond(before, after);
  std::string lost = labels_beyond(after, before);
  if (!gained.empty()) comparison_.newly_labelled.add({facts.namespace_name, facts.name, std::move(gained)});
  if (!lost.empty()) comparison_.no_longer_labelled.add({facts.namespace_name, facts.name, std::move(lost)});
}

Comparison ComparisonBuilder::finish(const Survey& survey) {
  Survey asked;
  asked.namespace_name = survey.namespace_name;
  asked.label_selector = survey.label_selector;
  asked.field_selector = survey.field_selector;
  asked.reading = survey.reading;
  asked.interrupted = survey.interrupted;
  const auto before = full_scopes(by_old_.finish(std::move(asked)), *old_);
  const auto after = full_scopes(survey, *new_);
  add_beyond(before, after, comparison_.newly_denied);
  add_beyond(after, before, comparison_.no_longer_denied);
  return std::move(comparison_);
}

}  // namespace hygiene::housekeeping
