// A serving certificate and the CA that signed it, both new: ECDSA on P-256. The CA's key signs this one
// certificate and is gone: it is never kept, so nobody can sign another. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/wiping_text.hpp"

namespace hygiene::x509 {

struct IssueWish {
  std::string common_name;         // of the server; at most 64 bytes (RFC 5280)
  std::vector<std::string> names;  // DNS names and addresses for subjectAltName; at least one
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;  // of both certificates
};

struct IssuedPair {
  std::string ca_pem;
  std::string certificate_pem;
  base::WipingText key_pem;
};

// Serial numbers have 127 random bits. The CA may sign no other CA. Errors: invalid (no name, or one that
// is none, or times in the wrong order), io (OpenSSL gave no key).
Result<IssuedPair> issue(const IssueWish& wish);

}  // namespace hygiene::x509
