#include "housekeeping/survey/policy_use_builder.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "housekeeping/survey/survey_builder.hpp"
#include "policy/limits/limit.hpp"
#include "secret/helm.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::LimitKind;

bool is_of_namespace(LimitKind kind) {
  return kind == LimitKind::secrets_per_namespace || kind == LimitKind::bytes_per_namespace;
}

// True if what was seen decides the limit.
bool is_whole(LimitKind kind, const Seen& seen) {
  switch (kind) {
    case LimitKind::annotation_bytes:
      return true;
    case LimitKind::bytes_per_secret:
      return seen.sizes;
    case LimitKind::bytes_per_object:
    case LimitKind::bytes_per_key:
    case LimitKind::keys_per_secret:
      return seen.whole_secrets;
    case LimitKind::secrets_per_namespace:
    case LimitKind::secrets_per_release:
      return seen.whole_namespaces;
    case LimitKind::bytes_per_namespace:
      return seen.whole_namespaces && seen.sizes;
    case LimitKind::secrets_per_cluster:
      return seen.whole_cluster;
    case LimitKind::bytes_per_cluster:
      return seen.whole_cluster && seen.sizes;
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
    limit.across = rule.measure == nullptr;
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
  if (const auto revision = secret::parse_helm_name(facts.name)) {
    releases_.add(facts.namespace_name + '/' + std::string(revision->release), tally);
  }
}

void PolicyUseBuilder::hold_against_scopes(Limit& limit, const Broken& found) {
  const bool of_bytes = policy::limit_rule(limit.kind).unit == policy::Unit::bytes;
  std::vector<Use> broken;
  const auto judge = [&](Use use) {
    ++limit.judged;
    if (use.measured > limit.allowed) broken.push_back(use);
    limit.highest.offer(std::move(use));
  };
  const auto measured = [of_bytes](const Tally& tally) { return of_bytes ? tally.bytes : tally.secrets; };
  if (is_of_namespace(limit.kind)) {
    for (const auto& [name, tally] : namespaces_.by_name()) judge({name, "", measured(tally)});
  } else if (limit.kind == LimitKind::secrets_per_release) {
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
  use.matched = matched_;
  use.breaking = breaking_;
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
