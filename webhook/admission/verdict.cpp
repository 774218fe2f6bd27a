#include "admission/verdict.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <boost/algorithm/string/join.hpp>

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

// A limit that the write breaks.
struct Finding {
  const Violation* violation;
  const policy::Shortage* shortage;  // null: a limit of one Secret
};

std::vector<Finding> find(const std::vector<Violation>& violations,
                          const std::vector<policy::Shortage>& shortages) {
  std::vector<Finding> findings;
  findings.reserve(violations.size() + shortages.size());
  for (const Violation& violation : violations) findings.push_back({&violation, nullptr});
  for (const policy::Shortage& shortage : shortages) findings.push_back({&shortage.violation, &shortage});
  return findings;
}

// The limits of one policy that have one outcome, and so one sentence.
struct PolicyFindings {
  const policy::Policy* policy = nullptr;
  std::vector<const Violation*> of_the_secret;
  std::vector<const policy::Shortage*> across_secrets;
};

std::string facts_of(const PolicyFindings& findings, const policy::Request& request) {
  std::string text;
  if (!findings.of_the_secret.empty()) text = policy::describe(findings.of_the_secret, request);
  for (const policy::Shortage* shortage : findings.across_secrets) {
    if (!text.empty()) text += ". ";
    text += policy::describe(*shortage, request);
  }
  return text;
}

// What to do about a count that is not known stands in its sentence already.
bool wants_advice(const PolicyFindings& findings) {
  return !findings.of_the_secret.empty() ||
         std::ranges::any_of(findings.across_secrets, [](const policy::Shortage* shortage) {
           return shortage->kind != policy::Shortage::Kind::unknown;
         });
}

// One sentence for each policy, by name, about its limits with `outcome`. `advised` are the policies whose
// own message the user has: it is not said twice.
std::vector<std::string> sentences(const std::vector<Finding>& findings, Outcome outcome,
                                   const policy::Request& request, std::set<std::string_view>& advised) {
  std::map<std::string_view, PolicyFindings> by_policy;
  for (const auto& [violation, shortage] : findings) {
    if (violation->outcome != outcome) continue;
    PolicyFindings& of_policy = by_policy[violation->policy->name];
    of_policy.policy = violation->policy;
    if (shortage != nullptr) {
      of_policy.across_secrets.push_back(shortage);
    } else {
      of_policy.of_the_secret.push_back(violation);
    }
  }
  std::vector<std::string> texts;
  for (const auto& [name, of_policy] : by_policy) {
    std::string facts = facts_of(of_policy, request);
    if (outcome == Outcome::denied) facts += policy::about_ended_exception(*of_policy.policy, request);
    const bool advise = wants_advice(of_policy) && advised.insert(name).second;
    texts.push_back(advise ? policy::with_advice(std::move(facts), *of_policy.policy) : std::move(facts));
  }
  return texts;
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

Verdict conclude(const policy::Request& request, const std::vector<Violation>& violations,
                 const std::vector<policy::Shortage>& shortages) {
  Verdict verdict;
  if (violations.empty() && shortages.empty()) return verdict;
  const std::vector<Finding> findings = find(violations, shortages);
  verdict.decision = decide(findings);
  verdict.allowed = verdict.decision != Decision::denied;
  std::set<std::string_view> advised;
  std::vector<std::string> denials = sentences(findings, Outcome::denied, request, advised);
  if (denials.size() > kSentencesMax) {
    const std::size_t left_out = denials.size() - kSentencesMax;
    denials.resize(kSentencesMax);
    denials.push_back("and " + std::to_string(left_out) + " more policies");
  }
  verdict.message = boost::algorithm::join(denials, "\n");
  verdict.warnings = sentences(findings, Outcome::warned, request, advised);
  if (verdict.warnings.size() > kSentencesMax) verdict.warnings.resize(kSentencesMax);
  for (std::string& warning : verdict.warnings) warning = policy::as_warning(warning);
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
                           "some that it did not set; to keep them, list their keys in the annotation " +
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

Verdict malformed(const Error& error, bool may_deny) {
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
