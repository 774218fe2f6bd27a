// What is worth saying of a certificate in a log or a metric. Thread-safety: immutable.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

typedef struct x509_st X509;

namespace hygiene::x509 {

struct CertificateFacts {
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;
  std::string subject;             // as in RFC 2253, e.g. CN=name
  std::string issuer;              // likewise
  std::string fingerprint;         // SHA-256 of its DER, in lower-case hex
  std::string serial;              // in hex
  std::vector<std::string> names;  // DNS names and addresses of its subjectAltName
  bool for_servers = true;         // its extendedKeyUsage allows serverAuth, or is absent
};

CertificateFacts facts_of(const X509* certificate);
// Of each certificate of a PEM text, in order. Errors: syntax (there is none, or one is damaged).
Result<std::vector<CertificateFacts>> facts_of_pem(const std::string& pem);
// What is wrong with `chain`, which begins with a server's own certificate, whatever the CA, the name and the
// time are: sentences without a full stop; none if nothing is. Go's crypto/x509, and so an API server,
// refuses a certificate without subjectAltName or for clients only; other clients need the order (RFC
// 8446, 4.4.2).
std::vector<std::string> serving_problems(const std::vector<CertificateFacts>& chain);
// A text of PEM blocks, one for each certificate, in order. Errors: as facts_of_pem.
Result<std::vector<std::string>> split_pem(const std::string& pem);
// True if `name` is a common name or a DNS name of the certificate, byte for byte.
bool bears_name(const X509* certificate, const std::string& name);

}  // namespace hygiene::x509
