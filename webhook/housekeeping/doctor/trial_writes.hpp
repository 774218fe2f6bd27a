// Secrets that the API server is asked to create in a dry run: one comes back labelled, one that is too large
// is denied, as the policies have it. Nothing is stored. Thread-safety: one thread at a time.
#pragma once

#include <string>

#include "cluster/blocking_api.hpp"
#include "housekeeping/doctor/diagnosis.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

// `namespace_name` must be one in which the webhook is called.
Diagnoses try_writes(cluster::BlockingApi& api, const std::string& namespace_name,
                     const policy::PolicySet& policies);

}  // namespace hygiene::housekeeping
