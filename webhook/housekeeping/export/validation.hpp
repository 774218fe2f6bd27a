// The limits of one Secret as a ValidatingAdmissionPolicy. Its sentences are those of policy/message.hpp, but
// for the largest keys, which would cost CEL too much. Thread-safety: pure functions.
#pragma once

#include <vector>

#include "housekeeping/export/admission_policy.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

// What follows in the cluster for a write that breaks a limit.
enum class ValidationAction { deny, warn, audit };

// What `policy`, one of `policies`, says with that action: deny and warn of one in mode Enforce, warn of one
// in mode Warn, audit of one in mode Audit. Precondition: it limits one Secret.
AdmissionPolicy make_validation(const policy::Policy& policy, const policy::PolicySet& policies,
                                ValidationAction action);

// True where `policy` has a limit of one Secret.
bool limits_one_secret(const policy::Policy& policy);

}  // namespace hygiene::housekeeping
