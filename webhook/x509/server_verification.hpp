// The check of a server's certificate: which names it must have, and whether a client would take it without
// asking the server. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <string>

typedef struct X509_VERIFY_PARAM_st X509_VERIFY_PARAM;

namespace hygiene::x509 {

enum class ServerName { dns, address };

// Makes `rules` ask for a certificate whose subjectAltName has `name`, a DNS name or an address (IPv6 without
// brackets). As Go does: a common name is no name of a server. Throws std::bad_alloc.
ServerName expect_server_name(X509_VERIFY_PARAM* rules, const std::string& name);

// Why a client that trusts `ca_pem` alone refuses a server that it calls `name` (a DNS name or an address)
// and that shows `chain_pem` at `now`: a clause such as "self-signed certificate"; empty: it takes the
// server. As Go's crypto/x509, and so an API server: each certificate of `ca_pem` is trusted, signed by
// itself or not, and a common name is no name of a server.
std::string refusal_of(const std::string& chain_pem, const std::string& ca_pem, const std::string& name,
                       std::chrono::system_clock::time_point now);

}  // namespace hygiene::x509
