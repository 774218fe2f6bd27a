#include "policy/facts_after.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/invariant.hpp"

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

// Makes one change in `value`, the annotation `key`, and in every sum that counts it.
void apply_annotation(const AnnotationChange& change, std::string_view key, std::optional<std::string>& value,
                      secret::Facts& facts) {
  if (change.kind == AnnotationChange::Kind::none) return;
  const auto bytes = [&]() -> std::uint64_t { return value ? key.size() + value->size() : 0; };
  const std::uint64_t before = bytes();
  value.reset();
  if (change.kind == AnnotationChange::Kind::set) {
    value = change.value;
    facts.has_annotations = true;
  }
  for (auto* sum : {&facts.object_bytes, &facts.annotation_bytes, &facts.own_annotation_bytes}) {
    *sum = base::checked_difference(*sum, before) + bytes();
  }
}

}  // namespace

secret::Facts facts_after(const LabelPlan& plan, const secret::Facts& object) {
  secret::Facts facts = object;
  facts.labels.clear();
  const auto made = changes_made(plan);
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
    facts.object_bytes = base::checked_difference(facts.object_bytes, label.key.size() + label.value.size());
    if (change->action != LabelAction::replace) continue;
    add(label.key, change->value);
    facts.object_bytes += label.key.size() + change->value.size();
  }
  for (const LabelChange& change : made) {
    if (change.action != LabelAction::add) continue;
    add(change.key, change.value);
    facts.object_bytes += change.key.size() + change.value.size();
  }
  apply_annotation(plan.owned_labels, secret::kOwnedLabelsAnnotation, facts.owned_labels_annotation, facts);
  apply_annotation(plan.bytes, secret::kBytesAnnotation, facts.bytes_annotation, facts);
  return facts;
}

}  // namespace hygiene::policy
