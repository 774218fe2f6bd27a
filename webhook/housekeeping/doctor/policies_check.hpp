// The policies of the ConfigMap, and whether the replicas have them in force. Thread-safety: one thread at a
// time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/blocking_api.hpp"
#include "housekeeping/doctor/diagnosis.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

struct PoliciesLook {
  std::shared_ptr<const policy::PolicySet> policies;  // of the ConfigMap; null: they could not be read
  Diagnoses diagnoses;
};

// `metrics`: HOST:PORT of each replica's metrics; none: the pods in `namespace_name` are asked through the
// API server.
PoliciesLook check_policies(cluster::BlockingApi& api, const std::string& namespace_name,
                            const std::vector<std::string>& metrics);

}  // namespace hygiene::housekeeping
