// One read-only look at an installation, part by part. Nothing is changed: the Secrets that are tried are
// created in a dry run. Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/blocking_api.hpp"
#include "housekeeping/certs/certificate_store.hpp"
#include "housekeeping/doctor/diagnosis.hpp"

namespace hygiene::housekeeping {

struct ExaminationWish {
  CertificatePlace place;
  std::string trial_namespace = "default";  // where a Secret is tried
  std::vector<std::string> metrics;         // HOST:PORT of each replica's; empty: through the pods
};

// Calls `found` with each diagnosis, as it is made. Errors: the API server could not be asked at all.
Result<void> examine(cluster::BlockingApi& api, const ExaminationWish& wish,
                     const std::function<void(Diagnosis)>& found);

}  // namespace hygiene::housekeeping
