#include "housekeeping/survey/policy_use_builder.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "housekeeping/survey/survey_builder.hpp"
#include "policy/limits/limit.hpp"
#include "policy/matcher.hpp"
#include "secret/helm.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::LimitKind;
using policy::ScopeKind;

// True if what was seen decides the limit.
bool is_whole(LimitKind kind, const Seen& seen) {
  const policy::LimitRule& rule = policy::limit_rule(kind);
  const bool sized = seen.sizes || !rule.sums_bytes();
  switch (rule.scope) {
    case ScopeKind::secret:
      if (kind == LimitKind::annotation_bytes) return true;
      return kind == LimitKind::bytes_per_secret ? seen.sizes : seen.whole_secrets;
    case ScopeKind::name_space:
    case ScopeKind::release:
      return seen.whole_namespaces && sized;
    case ScopeKind::cluster:
      return seen.whole_cluster && sized;
  }
  return false;
}

// A key of releases_ as a place.
Use release_use(const std::string& key, std::uint64_t measured) {
  const std::size_t slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1), measured};
}

}  // namespace

bool HigherUse::operator()(const Use& a, const Use& b) const {
  if (a.measured != b.measured) return a.measured > b.measured;
  return std::tie(a.namespace_name, a.name) < std::tie(b.namespace_name, b.name);
}

PolicyUseBuilder::PolicyUseBuilder(const policy::Policy& policy)
    : policy_(policy), namespaces_(kSurveyNamespacesMax), releases_(kSurveyReleasesMax) {
  for (const auto& rule : policy::limit_rules()) {
    const auto allowed = policy.limit(rule.kind);
    if (!allowed) continue;
    Limit& limit = limits_.emplace_back();
    limit.kind = rule.kind;
    limit.across = rule.across_secrets();
    limit.allowed = *allowed;
    judges_secrets_ = judges_secrets_ || !limit.across;
  }
}

void PolicyUseBuilder::add(const secret::Facts& facts, const Tally& tally,
                           std::span<const policy::Violation> broken) {
  matched_ += tally;
  if (!broken.empty()) breaking_ += tally;
  for (Limit& limit : limits_) {
    if (!limit.across) ++limit.judged;
    const auto violation = std::ranges::find(broken, limit.kind, &policy::Violation::limit);
    if (violation == broken.end()) continue;
    ++limit.broken;
    limit.highest.offer({facts.namespace_name, facts.name, violation->measured});
  }
  if (!policy_.counts()) return;
  namespaces_.add(facts.namespace_name, tally);
  if (!policy_.limit(LimitKind::secrets_per_release)) return;
  if (const auto release = secret::release_of(facts.name)) {
    releases_.add(facts.namespace_name + '/' + std::string(*release), tally);
  }
}

void PolicyUseBuilder::hold_against_scopes(Limit& limit, const Broken& found) {
  const policy::LimitRule& rule = policy::limit_rule(limit.kind);
  std::vector<Use> broken;
  const auto judge = [&](Use use) {
    ++limit.judged;
    if (use.measured > limit.allowed) broken.push_back(use);
    limit.highest.offer(std::move(use));
  };
  const auto measured = [&rule](const Tally& tally) {
    return rule.sums_bytes() ? tally.bytes : tally.secrets;
  };
  if (rule.scope == ScopeKind::name_space) {
    for (const auto& [name, tally] : namespaces_.by_name()) judge({name, "", measured(tally)});
  } else if (rule.scope == ScopeKind::release) {
    for (const auto& [name, tally] : releases_.by_name()) judge(release_use(name, measured(tally)));
  } else {
    judge({"", "", measured(matched_)});
  }
  limit.broken = broken.size();
  std::ranges::sort(broken, HigherUse());
  for (const Use& use : broken) found(limit.kind, use);
}

PolicyUse PolicyUseBuilder::finish(const Seen& seen, const Broken& found) {
  PolicyUse use;
  use.name = policy_.name;
  use.description = policy_.description;
  use.message = policy_.message;
  use.mode = policy_.mode;
  use.applies = seen.namespace_name.empty() ||
                policy::takes_namespace(policy_, seen.namespace_name, seen.namespace_labels);
  if (use.applies && !seen.namespace_name.empty()) namespaces_.add(seen.namespace_name, {});
  use.matched = matched_;
  use.breaking = breaking_;
  use.exceptions = policy_.exceptions;
  for (Limit& limit : limits_) {
    if (limit.across) hold_against_scopes(limit, found);
    LimitUse& made = use.limits.emplace_back();
    made.limit = limit.kind;
    made.allowed = limit.allowed;
    made.across = limit.across;
    made.partial = !is_whole(limit.kind, seen);
    made.judged = limit.judged;
    made.broken = limit.broken;
    made.highest = limit.highest.take();
  }
  return use;
}

}  // namespace hygiene::housekeeping
