// The labels of a whole set of policies as one MutatingAdmissionPolicy: which label a Secret gets, and which
// it loses, depends on all of them. Thread-safety: pure functions.
#pragma once

#include <optional>

#include "housekeeping/export/admission_policy.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

// Under our own prefix labels are put on and taken off as policy::make_label_plan does. Others are put on
// where the Secret lacks them, and stay, since whose they are stands in a record that CEL does not keep; with
// `fallback` they are left to the webhook, which keeps it. Nothing: there is nothing to put on.
std::optional<AdmissionPolicy> make_mutation(const policy::PolicySet& policies, bool fallback);

}  // namespace hygiene::housekeeping
