// Whether the service account of each part that is installed may do what the part needs. Thread-safety: one
// thread at a time.
#pragma once

#include <string>

#include "cluster/blocking_api.hpp"
#include "housekeeping/doctor/diagnosis.hpp"

namespace hygiene::housekeeping {

// Of our Deployments and CronJobs in `namespace_name`. `counts`: a policy has a limit across Secrets.
Diagnoses check_rights(cluster::BlockingApi& api, const std::string& namespace_name, bool counts);

}  // namespace hygiene::housekeeping
