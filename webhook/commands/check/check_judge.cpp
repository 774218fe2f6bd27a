#include "commands/check/check_judge.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/message.hpp"

namespace hygiene::commands {
namespace {

Finding judge(const policy::PolicySet& policies, policy::Request request,
              secret::NamespaceLabels* namespaces) {
  if (namespaces != nullptr) request.namespace_labels = &namespaces->of(request.object->namespace_name);
  const policy::Evaluation evaluation(policies, request);
  Finding finding;
  finding.object = *request.object;
  finding.labels = evaluation.label_plan();
  finding.violations = evaluation.violations();
  for (const policy::Policy& each : policies.policies) {
    if (evaluation.applies(each)) finding.applying.push_back(&each);
  }
  admission::Verdict verdict = admission::conclude(request, finding.violations);
  finding.decision = verdict.decision;
  if (!verdict.message.empty()) finding.answers.push_back(std::move(verdict.message));
  std::ranges::move(verdict.warnings, std::back_inserter(finding.answers));
  for (auto each = finding.violations.begin(); each != finding.violations.end(); ++each) {
    std::string text = policy::describe({&*each}, request);
    const auto next = std::next(each);
    const bool last_of_policy = next == finding.violations.end() || next->policy != each->policy;
    if (last_of_policy && each->outcome == policy::Outcome::denied)
      text += policy::about_ended_exception(*each->policy, request);
    finding.messages.push_back(last_of_policy ? policy::with_advice(std::move(text), *each->policy) : text);
  }
  return finding;
}

}  // namespace

Finding judge_manifest(const policy::PolicySet& policies, const secret::Facts& facts,
                       const std::string& default_namespace, std::chrono::sys_seconds now,
                       secret::NamespaceLabels* namespaces) {
  admission::Review review;
  review.operation = policy::Operation::create;
  review.version = "v1";
  review.kind = "Secret";
  review.has_object = true;
  review.object = facts;
  secret::Facts& object = review.object;
  if (object.type.empty()) {
    object.type = secret::kTypeOpaque;
    object.object_bytes += object.type.size();
  }
  if (object.namespace_name.empty()) {
    object.namespace_name = default_namespace;
    object.object_bytes += default_namespace.size();
  }
  // Such a one was read from a cluster. What can still be written there is an UPDATE.
  if (object.deleting) {
    review.operation = policy::Operation::update;
    review.has_stored = true;
    review.stored = object;
  }
  policy::Request request = review.request(now);
  request.requester = nullptr;
  return judge(policies, request, namespaces);
}

std::optional<Finding> judge_review(const policy::PolicySet& policies, const admission::Review& review,
                                    std::chrono::sys_seconds now, secret::NamespaceLabels* namespaces) {
  if (!review.is_secret_write()) return std::nullopt;
  return judge(policies, review.request(now), namespaces);
}

}  // namespace hygiene::commands
