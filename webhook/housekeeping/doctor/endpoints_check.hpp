// Whether the Service has endpoints that are ready. Thread-safety: one thread at a time.
#pragma once

#include "cluster/blocking_api.hpp"
#include "housekeeping/certs/certificate_store.hpp"
#include "housekeeping/doctor/diagnosis.hpp"

namespace hygiene::housekeeping {

Diagnosis check_endpoints(cluster::BlockingApi& api, const CertificatePlace& place);

}  // namespace hygiene::housekeeping
