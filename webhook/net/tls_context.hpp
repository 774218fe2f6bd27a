// The server side of TLS, made of PEM texts once and shared by the connections that began under it; a reload
// makes another. Versions, groups and ciphers as tls_security_profile.hpp has them, http/1.1, no tickets and
// no sessions (an API server keeps none). Thread-safety: immutable.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/tls_security_profile.hpp"
#include "x509/certificate.hpp"

namespace hygiene::net {

// The owner of these texts wipes them; no copy of the key's is made.
struct TlsMaterial {
  std::string certificate_pem;  // the server's, then its chain
  std::string key_pem;
  std::string client_ca_pem;  // empty: no client certificate is required
  std::string client_name;    // common name or DNS name of the only client; empty: any that the CA signed
  bool many_idle = false;     // idle connections keep no buffers, for a little more work when they wake
};

class TlsContext final : public TlsSecurityProfile {
 public:
  // Errors: syntax (not PEM), missing (no certificate, no key, a client name without a CA), expired,
  // unsupported (the key is encrypted), invalid (the key is not the certificate's, or OpenSSL refuses it as
  // weak). A certificate that is not valid yet is taken: clocks differ.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsMaterial& material);
  const x509::CertificateFacts& certificate() const { return certificate_; }
  std::chrono::system_clock::time_point not_after() const { return certificate_.not_after; }

 private:
  TlsContext();
  Result<void> use_certificate(const TlsMaterial& material);
  Result<void> use_key(const TlsMaterial& material);
  Result<void> demand_client(const TlsMaterial& material);
  std::string client_name_;
  x509::CertificateFacts certificate_;
};

}  // namespace hygiene::net
