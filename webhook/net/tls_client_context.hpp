// The client side of TLS: the trusted CAs and the client's own certificate, made of PEM texts once and shared
// by its connections. Versions, groups and ciphers as tls_security_profile.hpp has them, http/1.1, no
// sessions. Thread-safety: immutable.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/tls_security_profile.hpp"

namespace hygiene::net {

// The owner of these texts wipes them; no copy of the key's is made.
struct ClientTlsMaterial {
  // The trusted CAs; empty: the system's own. If several have one name, a certificate without its issuer's
  // key (authorityKeyIdentifier, which every common tool writes) is tried with the first only.
  std::string ca_pem;
  std::string certificate_pem;  // the client's, then its chain; empty: none
  std::string key_pem;
  bool verify = true;      // false: any certificate of the server is taken
  bool many_idle = false;  // idle connections keep no buffers, for a little more work when they wake
};

class TlsClientContext final : public TlsSecurityProfile {
 public:
  // Errors: syntax (not PEM), missing (a certificate without a key, or the reverse), unsupported (the key is
  // encrypted), invalid (the key is not the certificate's).
  static Result<std::shared_ptr<const TlsClientContext>> make(const ClientTlsMaterial& material);

 private:
  TlsClientContext();
  Result<void> trust(const std::string& ca_pem);
  Result<void> use_identity(const ClientTlsMaterial& material);
};

}  // namespace hygiene::net
