// Whether a policy applies to a Secret. Nothing is allocated.
// Thread-safety: pure functions.
#pragma once

#include "policy/document.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy {

// A `match`: every field given holds. One without fields takes every Secret. `namespace_labels`: those of its
// namespace; null: none.
bool matches_all(const Selector& selector, const secret::Facts& object,
                 const secret::Labels* namespace_labels = nullptr);

// An `exclude`: at least one field given holds, sizeOver and sizeUpTo being one. One without
// fields takes none.
bool matches_any(const Selector& selector, const secret::Facts& object,
                 const secret::Labels* namespace_labels = nullptr);

// False if the policy leaves out every Secret of a namespace with these labels.
bool takes_namespace_labels(const Policy& policy, const secret::Labels& labels);

// False if the policy leaves out every Secret of this namespace. `labels`: its own; null: they are not known,
// and are not looked at.
bool takes_namespace(const Policy& policy, std::string_view namespace_name,
                     const secret::Labels* labels = nullptr);

// True if any of `globs` matches `text`.
bool any_matches(const std::vector<base::Glob>& globs, std::string_view text);

}  // namespace hygiene::policy
