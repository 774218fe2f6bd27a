#include "policy/facts_after.hpp"

#include <algorithm>
#include <string_view>

namespace hygiene::policy {
namespace {

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

}  // namespace

secret::Facts facts_after(const LabelPlan& plan, const secret::Facts& object) {
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
  for (const LabelChange& change : plan.changes) {
    if (change.action != LabelAction::add && change.action != LabelAction::replace) continue;
    facts.labels.add(change.key).value = change.value;
    facts.object_bytes += change.key.size() + change.value.size();
  }
  apply_annotation(plan.owned_labels, secret::kOwnedLabelsAnnotation, facts.owned_labels_annotation, facts);
  apply_annotation(plan.bytes, secret::kBytesAnnotation, facts.bytes_annotation, facts);
  return facts;
}

}  // namespace hygiene::policy
