// Judges one write by a PolicySet: which limits it breaks and what follows, and which labels it gets.
// Design: docs/policies.md, "What a request gets". Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/document.hpp"
#include "policy/label_plan.hpp"
#include "policy/request.hpp"

namespace hygiene::policy {

enum class Outcome {
  denied,   // mode Enforce
  warned,   // mode Warn, or Enforce on an UPDATE that is no worse than what is stored
  audited,  // mode Audit
  spared,   // would be denied, but this kind of write never is: see Spared
};

std::string_view to_string(Outcome outcome);  // as reports and the log name it

// Why a broken limit in mode Enforce did not deny.
enum class Spared { no, not_worse, helm_release, service_account_token, deleting, exempt };

struct Violation {
  const Policy* policy = nullptr;
  LimitKind limit{};
  std::uint64_t measured = 0;
  std::uint64_t allowed = 0;
  Outcome outcome = Outcome::denied;
  Spared spared = Spared::no;
};

// True if `policy` applies to the object of `request`.
bool applies(const Policy& policy, const secret::Facts& object);

// Every limit of one Secret that `request` breaks, by policy name, then by LimitKind. Nothing for operations
// other than CREATE and UPDATE.
std::vector<Violation> find_violations(const PolicySet& policies, const Request& request);

// Why a limit across Secrets of `policy`, which applies, never denies this write, whatever the sums are.
// Spared::no: it may deny.
Spared spared_from_sums(const Policy& policy, const Request& request);

// What follows for a write that breaks a limit across Secrets.
Outcome outcome_of(Mode mode, Spared spared);

// What /mutate does to the object of `request`.
LabelPlan plan_labels(const PolicySet& policies, const secret::Facts& object);

}  // namespace hygiene::policy
