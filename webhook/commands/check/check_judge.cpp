#include "commands/check/check_judge.hpp"

#include <utility>

#include "policy/facts_after.hpp"
#include "policy/message.hpp"

namespace hygiene::commands {
namespace {

// `request` as the API server sends it to /validate, judged.
void conclude(const policy::PolicySet& policies, const admission::Review& review,
              const policy::Request& request, Finding& finding) {
  finding.violations = policy::find_violations(policies, request);
  finding.decision = admission::conclude(review, finding.violations).decision;
  for (const policy::Violation& violation : finding.violations) {
    finding.messages.push_back(policy::describe(violation, request));
  }
}

}  // namespace

Finding judge_manifest(const policy::PolicySet& policies, const secret::Facts& facts,
                       const std::string& default_namespace) {
  Finding finding;
  finding.object = facts;
  if (finding.object.type.empty()) {
    finding.object.type = secret::kTypeOpaque;
    finding.object.object_bytes += finding.object.type.size();
  }
  if (finding.object.namespace_name.empty()) {
    finding.object.namespace_name = default_namespace;
    finding.object.object_bytes += default_namespace.size();
  }
  finding.labels = policy::plan_labels(policies, finding.object);

  admission::Review review;
  review.operation = policy::Operation::create;
  review.version = "v1";
  review.kind = "Secret";
  review.has_object = true;
  review.object = policy::facts_after(finding.labels, finding.object);
  policy::Request request = review.request();
  request.requester = nullptr;
  conclude(policies, review, request, finding);
  return finding;
}

std::optional<Finding> judge_review(const policy::PolicySet& policies, const admission::Review& review) {
  if (!review.is_secret_write()) return std::nullopt;
  Finding finding;
  finding.object = review.object;
  finding.labels = policy::plan_labels(policies, finding.object);
  admission::Review validated = review;
  validated.object = policy::facts_after(finding.labels, finding.object);
  conclude(policies, validated, validated.request(), finding);
  return finding;
}

}  // namespace hygiene::commands
