// Whether the service account of each part that is installed may do what the part needs. Thread-safety: one
// thread at a time.
#pragma once

#include <string>

#include "cluster/blocking_api.hpp"
#include "housekeeping/doctor/diagnosis.hpp"
#include "housekeeping/doctor/required_rights.hpp"

namespace hygiene::housekeeping {

// Of our Deployments and CronJobs in `namespace_name`.
Diagnoses check_rights(cluster::BlockingApi& api, const std::string& namespace_name, PolicyNeeds needs);

}  // namespace hygiene::housekeeping
