// The client side of TLS, made of PEM texts once and shared by every connection under it: which CAs are
// trusted, and the client's own certificate. Versions, groups and ciphers as tls_rules.hpp has them,
// http/1.1, no sessions. Thread-safety: immutable.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/tls_rules.hpp"

namespace hygiene::net {

// The owner of these texts wipes them; no copy of the key's is made.
struct ClientTlsMaterial {
  // Trusted, each for itself; empty: the system's own. Of several with one name, a certificate that names no
  // key of its issuer (authorityKeyIdentifier, which every common tool writes) is tried with the first only.
  std::string ca_pem;
  std::string certificate_pem;  // the client's, then those that lead to its CA; empty: none
  std::string key_pem;
  bool verify = true;      // false: any certificate of the server is taken
  bool many_idle = false;  // an idle connection keeps no buffers, for a little more work when it wakes
};

class TlsClientContext final : public TlsRules {
 public:
  // Errors: syntax (not PEM), missing (a certificate without a key, or the reverse), unsupported (the key is
  // encrypted), invalid (the key is not the certificate's).
  static base::Result<std::shared_ptr<const TlsClientContext>> make(const ClientTlsMaterial& material);

 private:
  TlsClientContext();
  base::Result<void> trust(const std::string& ca_pem);
  base::Result<void> use_identity(const ClientTlsMaterial& material);
};

}  // namespace hygiene::net
