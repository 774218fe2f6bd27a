// Whether the caBundle of each webhook verifies the certificate that is served, for the name by which the API
// server calls it. Thread-safety: one thread at a time.
#pragma once

#include <vector>

#include "cluster/blocking_api.hpp"
#include "housekeeping/certs/certificate_store.hpp"
#include "housekeeping/doctor/configuration_check.hpp"

namespace hygiene::housekeeping {

// Of a webhook behind a Service the certificate is that of the Secret that the webhook mounts; one that is
// called by its URL is asked.
Diagnoses check_certificates(cluster::BlockingApi& api, const CertificatePlace& place,
                             const std::vector<CalledWebhook>& webhooks);

}  // namespace hygiene::housekeeping
