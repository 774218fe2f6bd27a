// What is worth saying of a certificate in a log or a metric. Thread-safety: immutable.
#pragma once

#include <chrono>
#include <string>
#include <vector>

typedef struct x509_st X509;

namespace hygiene::net {

struct CertificateFacts {
  std::chrono::system_clock::time_point not_after;
  std::string fingerprint;         // SHA-256 of its DER, in lower-case hex
  std::string serial;              // in hex
  std::vector<std::string> names;  // DNS names and addresses of its subjectAltName
};

CertificateFacts facts_of(const X509* certificate);
// True if `name` is a common name or a DNS name of the certificate, byte for byte.
bool bears_name(const X509* certificate, const std::string& name);

}  // namespace hygiene::net
