// Which labels and annotations of ours a Secret is to gain and to lose. The webhook renders a plan as JSON
// Patch, the label command as a merge patch. Only what is ours changes: see Ownership. A plan that was
// applied leaves nothing to do, whatever the policies select by. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/document.hpp"
#include "policy/ownership.hpp"

namespace hygiene::policy {

enum class LabelAction { add, replace, remove, report };  // report: mode Audit, not applied

std::string_view to_string(LabelAction action);  // as reports and metrics name it

struct LabelChange {
  LabelAction action = LabelAction::add;
  std::string key;
  std::string value;               // empty for remove
  const Policy* policy = nullptr;  // null for remove
  // Of replace and remove: somebody else put the value there, a user or a copy of another Secret. Helm's
  // copies are none.
  bool foreign = false;
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

// True where a label of `policy`, put on or only reported, depends on the size of the data.
bool labels_by_size(const Policy& policy);

// True where the size of what `policy` matches is recorded in secret-hygiene.io/bytes: it sums sizes, so that
// counting never reads data, or a label depends on them. Mode Audit changes no Secret.
bool records_size(const Policy& policy);

// The plan for a Secret, where `matching` are the policies that apply to it, by name.
LabelPlan make_label_plan(const Ownership& ownership, const std::vector<const Policy*>& matching);

}  // namespace hygiene::policy
