// The first certificate of the webhook, and each that follows it. The order of every step is such that,
// wherever a run stops, each replica's certificate is trusted: docs/certificates.md. Thread-safety: one
// thread at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/certs/certificate_store.hpp"

namespace hygiene::housekeeping {

struct RotationRules {
  unsigned days = 365;                           // that a new certificate and its CA are good for
  bool force = false;                            // renew what is not due too
  std::chrono::milliseconds settle{5'000};       // from the CA's arrival in the bundles to its first use
  std::chrono::milliseconds wait{300'000};       // for every replica to serve the new certificate
  std::chrono::milliseconds probe_pause{2'000};  // between two looks at the replicas
  std::optional<std::chrono::system_clock::time_point> now;  // nothing: the clock's
};

// Told what a rotation does.
class RotationObserver {
 public:
  virtual ~RotationObserver() = default;
  virtual void done(const std::string& sentence) = 0;
  // The certificate is good until `ends`.
  virtual void not_due(std::chrono::system_clock::time_point ends,
                       std::chrono::system_clock::time_point renewed_from) = 0;
};

// Makes the pair unless the Secret holds one already, then puts its CA into the configurations. Errors: those
// of CertificateStore.
Result<void> init_certificate(cluster::BlockingApi& api, const CertificatePlace& place,
                              const RotationRules& rules, RotationObserver& observer);
// Renews what is past two thirds of its life, finishes what an earlier run left, or does nothing. Errors:
// those of CertificateStore; missing (init_certificate() comes first); conflict (another run was faster);
// limit (too many rotations that no replica followed); io (the wait was too short: both CAs stay trusted, and
// a later run finishes).
Result<void> rotate_certificate(cluster::BlockingApi& api, const CertificatePlace& place,
                                const RotationRules& rules, RotationObserver& observer);

}  // namespace hygiene::housekeeping
