#include "admission/verdict.hpp"

#include <array>
#include <string>

#include "admission/json_patch.hpp"
#include "base/enum_names.hpp"
#include "policy/limits/limit.hpp"
#include "policy/message.hpp"

namespace hygiene::admission {
namespace {

using policy::Outcome;
using policy::Violation;

// A denial longer than this is no help, and an answer must stay small.
constexpr std::size_t kSentencesMax = 32;

std::string name_of(const Violation& violation) {
  return violation.policy->name + "/" + std::string(policy::limit_rule(violation.limit).name);
}

// A broken limit and what is said of it.
struct Finding {
  const Violation* violation;
  std::string sentence;  // for those that somebody reads
};

bool is_read(Outcome outcome) {
  return outcome == Outcome::denied || outcome == Outcome::warned;
}

std::vector<Finding> find(const std::vector<Violation>& violations,
                          const std::vector<policy::Shortage>& shortages, const policy::Request& request) {
  std::vector<Finding> findings;
  findings.reserve(violations.size() + shortages.size());
  for (const Violation& violation : violations) {
    findings.push_back({&violation, is_read(violation.outcome) ? policy::describe(violation, request) : ""});
  }
  for (const policy::Shortage& shortage : shortages) {
    const Violation& violation = shortage.violation;
    findings.push_back({&violation, is_read(violation.outcome) ? policy::describe(shortage, request) : ""});
  }
  return findings;
}

Decision decide(const std::vector<Finding>& findings) {
  // The gravest outcome names the whole.
  for (const auto& [outcome, decision] :
       {std::pair{Outcome::denied, Decision::denied}, std::pair{Outcome::warned, Decision::warned},
        std::pair{Outcome::spared, Decision::spared}, std::pair{Outcome::audited, Decision::audited}}) {
    for (const Finding& finding : findings) {
      if (finding.violation->outcome == outcome) return decision;
    }
  }
  return Decision::allowed;
}

void append_sentence(std::string& message, std::size_t& sentences, const std::string& sentence) {
  ++sentences;
  if (sentences > kSentencesMax) return;
  if (!message.empty()) message += '\n';
  message += sentence;
}

// The API server puts the webhook's name before each key of its audit log.
void annotate(Verdict& verdict, const std::vector<Finding>& findings) {
  constexpr std::array<std::pair<Outcome, std::string_view>, 4> kKeys{{{Outcome::denied, "denied"},
                                                                       {Outcome::warned, "warned"},
                                                                       {Outcome::spared, "spared"},
                                                                       {Outcome::audited, "audited"}}};
  for (const auto& [outcome, key] : kKeys) {
    std::string names;
    for (const Finding& finding : findings) {
      if (finding.violation->outcome != outcome) continue;
      if (!names.empty()) names += ',';
      names += name_of(*finding.violation);
    }
    if (!names.empty()) verdict.audit_annotations.emplace_back(key, std::move(names));
  }
}

// The keys of labels that a plan takes from somebody else, joined by commas.
std::string foreign_labels(const policy::LabelPlan& plan) {
  std::string keys;
  for (const policy::LabelChange& change : plan.changes) {
    if (!change.foreign) continue;
    if (!keys.empty()) keys += ", ";
    keys += change.key;
    if (keys.size() > policy::kWarningBytesMax) break;
  }
  return keys;
}

}  // namespace

std::string_view to_string(Decision decision) {
  return base::name_of<Decision::malformed>(
      decision, {"allowed", "denied", "warned", "audited", "spared", "labelled", "unexpected", "malformed"});
}

Verdict conclude(const Review& review, const std::vector<Violation>& violations,
                 const std::vector<policy::Shortage>& shortages) {
  Verdict verdict;
  if (violations.empty() && shortages.empty()) return verdict;
  const std::vector<Finding> findings = find(violations, shortages, review.request());
  verdict.decision = decide(findings);
  verdict.allowed = verdict.decision != Decision::denied;
  std::size_t denials = 0;
  for (const Finding& finding : findings) {
    if (finding.violation->outcome == Outcome::denied) {
      append_sentence(verdict.message, denials, finding.sentence);
    } else if (finding.violation->outcome == Outcome::warned && verdict.warnings.size() < kSentencesMax) {
      verdict.warnings.push_back(policy::as_warning(finding.sentence));
    }
  }
  if (denials > kSentencesMax) {
    verdict.message += "\nand " + std::to_string(denials - kSentencesMax) + " more limits";
  }
  if (!verdict.allowed) {
    verdict.code = 403;
    verdict.reason = "Forbidden";
  }
  annotate(verdict, findings);
  return verdict;
}

Verdict conclude(const Review& review, const policy::LabelPlan& plan) {
  Verdict verdict;
  if (plan.no_room) {
    verdict.warnings.push_back(policy::as_warning(
        "secret-hygiene cannot label this Secret: its annotations leave no room for the record of labels; "
        "the API server allows 256Ki of them"));
  }
  const std::string lost = foreign_labels(plan);
  if (!lost.empty()) {
    verdict.warnings.push_back(
        policy::as_warning("secret-hygiene manages labels under secret-hygiene.io/ and changed or removed "
                           "some that it did not set; to "
                           "keep them, list their keys in the annotation " +
                           std::string(secret::kUnmanagedLabelsAnnotation) + ": " + lost));
  }
  verdict.patch = to_json_patch(plan, review.object);
  if (!verdict.patch.empty()) verdict.decision = Decision::labelled;
  return verdict;
}

Verdict unexpected() {
  Verdict verdict;
  verdict.decision = Decision::unexpected;
  return verdict;
}

Verdict malformed(const base::Error& error, bool may_deny) {
  Verdict verdict;
  verdict.decision = Decision::malformed;
  verdict.allowed = !may_deny;
  const std::string sentence = "secret-hygiene cannot read this review: " + error.message() + " (at byte " +
                               std::to_string(error.where().offset) + ")";
  if (may_deny) {
    verdict.code = 400;
    verdict.reason = "BadRequest";
    verdict.message = sentence;
  } else {
    verdict.warnings.push_back(policy::as_warning(sentence));
  }
  return verdict;
}

}  // namespace hygiene::admission
