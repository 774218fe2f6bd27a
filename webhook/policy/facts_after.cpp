#include "policy/facts_after.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

namespace hygiene::policy {
namespace {

// The changes that are not only reported, by key: reports come last in a plan.
std::span<const LabelChange> changes_made(const LabelPlan& plan) {
  const auto end = std::ranges::partition_point(
      plan.changes, [](const LabelChange& change) { return change.action != LabelAction::report; });
  return {plan.changes.begin(), end};
}

// The one of `made` that changes `key`; null: none.
const LabelChange* find_change(std::span<const LabelChange> made, std::string_view key) {
  const auto key_of = [](const LabelChange& change) { return std::string_view(change.key); };
  const auto found = std::ranges::lower_bound(made, key, {}, key_of);
  return found != made.end() && found->key == key ? &*found : nullptr;
}

using Annotation = std::optional<std::string>;

std::uint64_t bytes_of(std::string_view key, std::string_view value) {
  return key.size() + value.size();
}

void note(const AnnotationChange& change, std::string_view key, const Annotation& present,
          SizeChange& sizes) {
  if (change.kind == AnnotationChange::Kind::none) return;
  if (present) sizes.removed += bytes_of(key, *present);
  if (change.kind == AnnotationChange::Kind::set) sizes.added += bytes_of(key, change.value);
}

void apply(const AnnotationChange& change, Annotation& annotation, secret::Facts& facts) {
  if (change.kind == AnnotationChange::Kind::none) return;
  annotation.reset();
  if (change.kind == AnnotationChange::Kind::remove) return;
  annotation = change.value;
  facts.has_annotations = true;
}

}  // namespace

SizeChange annotation_change(const LabelPlan& plan, const secret::Facts& object) {
  SizeChange sizes;
  note(plan.owned_labels, secret::kOwnedLabelsAnnotation, object.owned_labels_annotation, sizes);
  note(plan.bytes, secret::kBytesAnnotation, object.bytes_annotation, sizes);
  return sizes;
}

secret::Facts facts_after(const LabelPlan& plan, const secret::Facts& object) {
  secret::Facts facts = object;
  facts.labels.clear();
  const auto made = changes_made(plan);
  SizeChange labels;
  const auto add = [&facts](const std::string& key, const std::string& value) {
    facts.labels.add(key).value = value;
    facts.has_labels = true;
  };
  for (const secret::Label& label : object.labels) {
    const auto* change = find_change(made, label.key);
    if (change == nullptr) {
      add(label.key, label.value);
      continue;
    }
    labels.removed += bytes_of(label.key, label.value);
    if (change->action != LabelAction::replace) continue;
    add(label.key, change->value);
    labels.added += bytes_of(label.key, change->value);
  }
  for (const LabelChange& change : made) {
    if (change.action != LabelAction::add) continue;
    add(change.key, change.value);
    labels.added += bytes_of(change.key, change.value);
  }
  const SizeChange annotations = annotation_change(plan, object);
  facts.object_bytes = annotations.of(labels.of(object.object_bytes));
  facts.annotation_bytes = annotations.of(object.annotation_bytes);
  apply(plan.owned_labels, facts.owned_labels_annotation, facts);
  apply(plan.bytes, facts.bytes_annotation, facts);
  return facts;
}

}  // namespace hygiene::policy
