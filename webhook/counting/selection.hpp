// The policies that count, and the scopes of each. Only facts of a Secret that never change decide:
// namespace, name and type. Where a policy selects namespaces by their labels, what it does not select counts
// all the same, but in another scope of the cluster: if the labels change, the sum of the namespace moves
// from one to the other. Thread-safety: immutable, but for the namespaces.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "counting/memory/keyed_hash.hpp"
#include "counting/selected_namespaces.hpp"
#include "policy/document.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::counting {

using policy::ScopeKind;  // here never one Secret

// The longest type that is told from others. No pattern of a policy is longer (base::Glob), nor holds a
// control character; other types count as one that no policy names.
inline constexpr std::size_t kTypeBytesMax = 512;
// `type`, or an empty text for a type that no policy can name.
std::string_view counted_type(std::string_view type);

// One policy's count across a namespace, a release or the cluster, as a keyed hash. Two of a million scopes
// collide with a probability of 3 in 10^8; they would be counted together.
using ScopeId = std::uint64_t;
struct ScopeHash {
  using is_avalanching = void;
  std::size_t operator()(ScopeId id) const { return id; }
};

// What policies select by, as views. An empty type is one that no policy names: see WatchPlan.
struct Subject {
  std::string_view namespace_name;
  std::string_view name;
  std::string_view type;
};

// One of a policy's limits across Secrets.
struct ScopeLimit {
  policy::LimitKind limit{};
  ScopeKind scope = ScopeKind::cluster;
  std::uint64_t allowed = 0;
};

struct Scope {
  ScopeId id = 0;
  std::uint32_t policy = 0;  // index into the policies of the set
  ScopeKind kind = ScopeKind::cluster;
};

// As many as most sets of policies make lie in place, without an allocation.
using Scopes = boost::container::small_vector<Scope, 6>;

class Selection {
 public:
  // `shown`: as of SelectedNamespaces.
  Selection(std::shared_ptr<const policy::PolicySet> policies, HashKey key,
            const std::map<std::string, NamespaceLabels>& shown = {});

  const policy::PolicySet& policies() const { return *policies_; }
  // The policy's limits across Secrets, in the order of LimitKind.
  const std::vector<ScopeLimit>& limits(std::uint32_t policy) const { return limits_[policy]; }
  // Indexes of the policies that count.
  const std::vector<std::uint32_t>& counting() const { return counting_; }

  // `type`, or an empty text for a type that no policy tells from others.
  std::string_view told_apart(std::string_view type) const;
  // By all but the labels of its namespace.
  bool selects(std::uint32_t policy, const Subject& subject) const;
  // By namespace and type alone: false if it selects no name there.
  bool may_select(std::uint32_t policy, const Subject& subject) const;
  SelectedNamespaces& namespaces() const { return *namespaces_; }
  // Of what the policy selects; with `selected` false of what it would but for the labels of namespaces.
  ScopeId cluster(std::uint32_t policy, bool selected = true) const;
  ScopeId scope_of(std::uint32_t policy, ScopeKind kind, const Subject& subject) const;
  // True: Secrets of this name that the policy selects count in the scope.
  bool lies_in(const Scope& scope, const Subject& subject) const;
  // Every scope in which the Secret counts: for each policy that selects it the cluster, and if a limit is
  // set or its sum may move the namespace and, for a Helm revision, the release.
  Scopes scopes_of(const Subject& subject) const;

 private:
  std::shared_ptr<const policy::PolicySet> policies_;
  HashKey key_;
  std::vector<std::uint32_t> counting_;
  std::vector<std::vector<ScopeLimit>> limits_;  // by policy
  std::vector<std::vector<ScopeKind>> kinds_;    // by policy: across what it counts
  std::vector<ScopeId> clusters_;                // by policy
  std::unique_ptr<SelectedNamespaces> namespaces_;
};

}  // namespace hygiene::counting
