// The answer to a review. Thread-safety: values and pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "admission/review.hpp"
#include "base/error.hpp"
#include "policy/evaluator.hpp"
#include "policy/shortage.hpp"

namespace hygiene::admission {

// The `verdict` label of secret_hygiene_admission_requests_total.
enum class Decision { allowed, denied, warned, audited, spared, labelled, unexpected, malformed };
inline constexpr std::size_t kDecisions = 8;
std::string_view to_string(Decision decision);

struct Verdict {
  Decision decision = Decision::allowed;
  bool allowed = true;
  int code = 0;         // of status, if denied
  std::string message;  // of status, if denied
  std::string reason;   // of status, if denied: Forbidden, BadRequest
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> audit_annotations;
  std::string patch;  // JSON Patch text; empty: none
};

// /validate: denies, warns, or allows.
Verdict conclude(const policy::Request& request, const std::vector<policy::Violation>& violations,
                 const std::vector<policy::Shortage>& shortages = {});
// /mutate: patches or leaves alone; never denies.
Verdict conclude(const Review& review, const policy::LabelPlan& plan);
// Not a write of a core/v1 Secret.
Verdict unexpected();
// The body could not be read but for its uid. Only /validate denies.
Verdict malformed(const Error& error, bool may_deny);

}  // namespace hygiene::admission
