// What a write claims of the limits across Secrets: the scopes in which it counts, by how much, and what
// follows if one is full. Thread-safety: pure functions and values.
#pragma once

#include <string>
#include <vector>

#include "counting/selection.hpp"
#include "policy/evaluator.hpp"

namespace hygiene::counting {

// True: the limit is on a sum of sizes; else on a number of Secrets.
inline bool of_bytes(policy::LimitKind limit) {
  return policy::limit_rule(limit).sums_bytes();
}

// One limit of one policy, in the scope in which this write counts.
struct Claim {
  Scope scope;
  policy::LimitKind limit{};
  std::uint64_t allowed = 0;
  // What follows if the limit is broken, and why it does not deny.
  policy::Outcome outcome = policy::Outcome::denied;
  policy::Spared spared = policy::Spared::no;
  // An UPDATE that grows by no more than allowGrowth: counted, not stopped.
  bool within_growth = false;

  bool of_bytes() const { return counting::of_bytes(limit); }
  bool can_deny() const { return outcome == policy::Outcome::denied && !within_growth; }
};

using Claims = std::vector<Claim>;

struct CountedWrite {
  std::string namespace_name;
  std::string name;
  std::string type;
  std::uint64_t uid = 0;     // of the object
  std::uint64_t before = 0;  // oldObject's resourceVersion; 0: a CREATE
  std::uint64_t bytes = 0;   // of the object
  // True: the write reserves its place, so that others count it until it is stored. False for a dry run, and
  // if no policy enforces: a warning need not be exact.
  bool reserves = false;
  Claims claims;

  Subject subject() const { return {namespace_name, name, type}; }
  // True: the write claims nothing.
  bool empty() const { return claims.empty(); }
  // False: the write is allowed whatever is counted.
  bool may_be_denied() const;
};

// A uid as 64 bits, the same on every replica. It is compared among writes of one name only. Source: RFC 9562
// has 122 random bits; other texts are hashed.
std::uint64_t uid_bits(std::string_view uid);
// A resourceVersion; 0: it is no number. Source: since Kubernetes 1.35 it is promised to be a decimal number
// that grows, and etcd's revisions always were.
std::uint64_t revision_number(std::string_view resource_version);

// The claims of `request`: of a CREATE, and of an UPDATE that grows where bytes are summed; else none. An
// object without a uid, or with a stored version that is no number, makes no reservation but is judged.
CountedWrite make_claims(const Selection& selection, const policy::Request& request, bool dry_run);

}  // namespace hygiene::counting
