// Judges one write by a PolicySet: which limits it breaks and what follows, and which labels it gets. The
// webhook, check and audit all ask here, and get the same answer before and after a Secret is labelled: it is
// judged as its users wrote it. Design: docs/policies.md, "What a request gets". Thread-safety: an
// Evaluation: immutable; pure functions.
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

// What a policy says of an operation where a limit is broken and nothing spares the write: its mode, or Warn
// where enforceOn leaves the operation out.
Mode mode_on(const Policy& policy, Operation operation);

struct Violation {
  const Policy* policy = nullptr;
  LimitKind limit{};
  std::uint64_t measured = 0;
  std::uint64_t allowed = 0;
  Outcome outcome = Outcome::denied;
  Spared spared = Spared::no;
};

class Evaluation {
 public:
  // `policies` and what `request` points to must outlive it.
  Evaluation(const PolicySet& policies, const Request& request)
      : policies_(policies), request_(request), ownership_(policies, *request.object, request.stored) {}

  // The Secret as its users wrote it.
  const secret::Facts& users_part() const { return ownership_.users_part(); }
  // True if `policy` applies to it.
  bool applies(const Policy& policy) const;
  // Every limit of one Secret that the write breaks, by policy name, then by LimitKind. Nothing for
  // operations other than CREATE and UPDATE.
  std::vector<Violation> violations() const;
  // What /mutate does to the object.
  LabelPlan label_plan() const;

 private:
  const PolicySet& policies_;
  Request request_;
  Ownership ownership_;
};

// Why `policy`, which applies, never denies this write, whatever limit it breaks. Spared::no: it may deny; a
// limit of one Secret still spares what is no worse than what is stored.
Spared spared_whatever_the_sizes(const Policy& policy, const Request& request);

// What follows for a write that breaks a limit across Secrets. `mode`: of mode_on().
Outcome outcome_of(Mode mode, Spared spared);

// One answer of an Evaluation.
std::vector<Violation> find_violations(const PolicySet& policies, const Request& request);
LabelPlan plan_labels(const PolicySet& policies, const secret::Facts& object,
                      const secret::Facts* stored = nullptr);

}  // namespace hygiene::policy
