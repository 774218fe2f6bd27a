// Which labels and annotations of ours a Secret is to gain and to lose. Only this decides who owns a label;
// the webhook renders a plan as JSON Patch, the label command as a merge patch. Ownership: a key is ours only
// while its value is the one that the annotation secret-hygiene.io/owned-labels records (key=value, sorted,
// joined by commas); else it is its user's. On Helm release Secrets, which copy labels but not annotations
// forward, keys under secret-hygiene.io/ and keys that a policy names are ours.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/document.hpp"

namespace hygiene::policy {

enum class LabelAction { add, replace, remove, report };  // report: mode Audit, not applied

std::string_view to_string(LabelAction action);  // as reports and metrics name it

struct LabelChange {
  LabelAction action = LabelAction::add;
  std::string key;
  std::string value;               // empty for remove
  const Policy* policy = nullptr;  // null for remove
};

// What an annotation becomes: unchanged, set, or removed.
struct AnnotationChange {
  enum class Kind { none, set, remove } kind = Kind::none;
  std::string value;
};

struct LabelPlan {
  std::vector<LabelChange> changes;  // by key; `report`s last
  AnnotationChange owned_labels;     // secret-hygiene.io/owned-labels
  AnnotationChange bytes;            // secret-hygiene.io/bytes
  // Our annotations would not fit in the 256 KiB that the API server allows: nothing is changed, but that a
  // wrong size is removed.
  bool no_room = false;

  // True if nothing of the Secret changes (reports do not count).
  bool empty() const;
};

// The labels that a plan changes, as kubectl label takes them: "key=value,other-"; what is only reported in
// brackets.
std::string labels_of(const LabelPlan& plan);

// The plan for a Secret with these facts, where `matching` are the policies that apply to it, by name, and
// `policies` is the whole set.
LabelPlan make_label_plan(const PolicySet& policies, const std::vector<const Policy*>& matching,
                          const secret::Facts& object);

}  // namespace hygiene::policy
