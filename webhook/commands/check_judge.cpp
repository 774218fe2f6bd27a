#include "commands/check_judge.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "policy/message.hpp"

namespace hygiene::commands {
namespace {

using policy::AnnotationChange;
using policy::LabelAction;

void apply_annotation(const AnnotationChange& change, std::string_view key, std::optional<std::string>& value,
                      secret::Facts& facts) {
  if (change.kind == AnnotationChange::Kind::none) return;
  if (value) {
    const std::uint64_t bytes = key.size() + value->size();
    facts.annotation_bytes -= std::min(facts.annotation_bytes, bytes);
    facts.object_bytes -= std::min(facts.object_bytes, bytes);
    value.reset();
  }
  if (change.kind == AnnotationChange::Kind::set) {
    value = change.value;
    facts.annotation_bytes += key.size() + value->size();
    facts.object_bytes += key.size() + value->size();
  }
}

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

secret::Facts apply_plan(const policy::LabelPlan& plan, const secret::Facts& object) {
  secret::Facts facts = object;
  facts.labels.clear();
  for (const secret::Label& label : object.labels) {
    const auto change = std::find_if(plan.changes.begin(), plan.changes.end(), [&label](const auto& each) {
      return each.key == label.key && each.action != LabelAction::report;
    });
    if (change == plan.changes.end()) {
      facts.labels.add(label.key).value = label.value;
    } else {
      facts.object_bytes -=
          std::min<std::uint64_t>(facts.object_bytes, label.key.size() + label.value.size());
    }
  }
  for (const policy::LabelChange& change : plan.changes) {
    if (change.action != LabelAction::add && change.action != LabelAction::replace) continue;
    facts.labels.add(change.key).value = change.value;
    facts.object_bytes += change.key.size() + change.value.size();
  }
  apply_annotation(plan.owned_labels, secret::kOwnedLabelsAnnotation, facts.owned_labels_annotation, facts);
  apply_annotation(plan.bytes, secret::kBytesAnnotation, facts.bytes_annotation, facts);
  return facts;
}

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
  review.resource = "secrets";
  review.has_object = true;
  review.object = apply_plan(finding.labels, finding.object);
  policy::Request request = review.request();
  request.requester = nullptr;
  conclude(policies, review, request, finding);
  return finding;
}

std::optional<Finding> judge_review(const policy::PolicySet& policies, const admission::Review& review) {
  if (!review.judged()) return std::nullopt;
  Finding finding;
  finding.object = review.object;
  finding.labels = policy::plan_labels(policies, finding.object);
  admission::Review validated = review;
  validated.object = apply_plan(finding.labels, finding.object);
  conclude(policies, validated, validated.request(), finding);
  return finding;
}

}  // namespace hygiene::commands
