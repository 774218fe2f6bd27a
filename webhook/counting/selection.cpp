#include "counting/selection.hpp"

#include <algorithm>

#include "policy/matcher.hpp"
#include "secret/helm.hpp"

namespace hygiene::counting {
namespace {

using policy::any_matches;

std::vector<ScopeLimit> limits_of(const policy::Policy& policy) {
  std::vector<ScopeLimit> limits;
  for (const auto& rule : policy::limit_rules()) {
    const auto allowed = policy.limit(rule.kind);
    if (allowed && rule.across_secrets()) limits.push_back({rule.kind, rule.scope, *allowed});
  }
  return limits;
}

// What a policy counts in all is shown for each, limited or not.
std::vector<ScopeKind> kinds_of(const policy::Policy& policy, const std::vector<ScopeLimit>& limits) {
  std::vector<ScopeKind> kinds;
  for (const auto kind : {ScopeKind::name_space, ScopeKind::release}) {
    const bool moves = kind == ScopeKind::name_space && policy.selects_namespaces();
    if (moves || std::ranges::find(limits, kind, &ScopeLimit::scope) != limits.end()) kinds.push_back(kind);
  }
  kinds.push_back(ScopeKind::cluster);
  return kinds;
}

std::uint64_t number_of(std::uint32_t policy, ScopeKind kind) {
  return (std::uint64_t{policy} << 8) | static_cast<std::uint64_t>(kind);
}

}  // namespace

std::string_view counted_type(std::string_view type) {
  const bool odd = std::ranges::any_of(type, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return odd || type.size() > kTypeBytesMax ? std::string_view() : type;
}

Selection::Selection(std::shared_ptr<const policy::PolicySet> policies, HashKey key,
                     const std::map<std::string, NamespaceLabels>& shown)
    : policies_(std::move(policies)),
      key_(key),
      namespaces_(std::make_unique<SelectedNamespaces>(policies_, shown)) {
  for (std::uint32_t i = 0; i < policies_->policies.size(); ++i) {
    limits_.push_back(limits_of(policies_->policies[i]));
    kinds_.push_back(kinds_of(policies_->policies[i], limits_.back()));
    clusters_.push_back(keyed_hash(key_, number_of(i, ScopeKind::cluster), {}));
    if (policies_->policies[i].counts()) counting_.push_back(i);
  }
}

std::string_view Selection::told_apart(std::string_view type) const {
  const auto names = [type](const std::vector<base::Glob>& types) {
    return std::ranges::any_of(
        types, [type](const auto& glob) { return glob.pattern() != "*" && glob.matches(type); });
  };
  const bool named = std::ranges::any_of(counting_, [&](std::uint32_t index) {
    const auto& policy = policies_->policies[index];
    return names(policy.match.types) || names(policy.exclude.types);
  });
  return named ? type : std::string_view();
}

bool Selection::selects(std::uint32_t policy, const Subject& subject) const {
  const auto& match = policies_->policies[policy].match;
  const auto& exclude = policies_->policies[policy].exclude;
  // An absent list matches all in `match` and nothing in `exclude`.
  return may_select(policy, subject) && (match.names.empty() || any_matches(match.names, subject.name)) &&
         (exclude.names.empty() || !any_matches(exclude.names, subject.name));
}

bool Selection::may_select(std::uint32_t policy, const Subject& subject) const {
  const auto& match = policies_->policies[policy].match;
  const auto& exclude = policies_->policies[policy].exclude;
  return (match.types.empty() || any_matches(match.types, subject.type)) &&
         (match.namespaces.empty() || any_matches(match.namespaces, subject.namespace_name)) &&
         (exclude.types.empty() || !any_matches(exclude.types, subject.type)) &&
         (exclude.namespaces.empty() || !any_matches(exclude.namespaces, subject.namespace_name)) &&
         (!exclude.namespace_labels || !exclude.namespace_labels->requirements.empty());
}

ScopeId Selection::cluster(std::uint32_t policy, bool selected) const {
  return selected ? clusters_[policy] : keyed_hash(key_, number_of(policy, ScopeKind::cluster), "others");
}

ScopeId Selection::scope_of(std::uint32_t policy, ScopeKind kind, const Subject& subject) const {
  if (kind == ScopeKind::cluster)
    return cluster(policy, namespaces_->selects(policy, subject.namespace_name));
  const auto number = number_of(policy, kind);
  if (kind == ScopeKind::name_space) return keyed_hash(key_, number, subject.namespace_name);
  return keyed_hash(key_, number, subject.namespace_name,
                    secret::release_of(subject.name).value_or(subject.name));
}

bool Selection::lies_in(const Scope& scope, const Subject& subject) const {
  if (scope.kind == ScopeKind::release && !secret::release_of(subject.name)) return false;
  return scope_of(scope.policy, scope.kind, subject) == scope.id;
}

Scopes Selection::scopes_of(const Subject& subject) const {
  Scopes scopes;
  for (const auto index : counting_) {
    if (!selects(index, subject)) continue;
    for (const auto kind : kinds_[index]) {
      if (kind == ScopeKind::release && !secret::release_of(subject.name)) continue;
      scopes.push_back({scope_of(index, kind, subject), index, kind});
    }
  }
  return scopes;
}

}  // namespace hygiene::counting
