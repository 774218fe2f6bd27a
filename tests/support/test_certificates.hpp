// Throw-away certificates, made in memory. Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace hygiene::test {

struct Identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  std::string certificate_pem() const;
  std::string key_pem() const;
  std::string encrypted_key_pem() const;
};

struct CertificateWish {
  std::string common_name = "test";
  std::string names;        // as in OpenSSL's subjectAltName, e.g. "DNS:localhost,IP:127.0.0.1"
  long not_before = -3600;  // seconds from now
  long not_after = 3600;
  bool authority = false;
  std::string key = "P-256";         // or P-384, P-521, RSA (of 2048 bits), ED25519
  std::string extended_usage;        // as OpenSSL has it, e.g. "clientAuth"; empty: the extension is left out
  const Identity* issuer = nullptr;  // null: it signs itself
};

Identity make_identity(const CertificateWish& wish);

}  // namespace hygiene::test
