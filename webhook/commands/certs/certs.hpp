// `secret-hygiene certs`: the webhook's CA and serving certificate in a Secret, and the CA in both webhook
// configurations. The order of every step is such that, wherever a run stops, each replica's certificate is
// trusted: docs/certificates.md. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cluster/api_client.hpp"
#include "commands/cli/flags.hpp"

namespace hygiene::commands {

struct CertsOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions api;
  std::string namespace_name = "secret-hygiene";
  std::string service = "secret-hygiene";
  std::string secret = "secret-hygiene-tls";
  std::string validating = "secret-hygiene";  // name of the configuration; empty: there is none
  std::string mutating = "secret-hygiene";
  unsigned days = 365;              // that a new certificate and its CA are good for
  bool force = false;               // rotate: renew what is not due too
  std::vector<std::string> probes;  // rotate: HOST:PORT of each replica; empty: the Service's endpoints
  std::chrono::milliseconds settle{5'000};  // rotate: from the CA's arrival in the bundles to its first use
  std::chrono::milliseconds wait{300'000};  // rotate: for every replica to serve the new certificate
  std::chrono::milliseconds probe_pause{2'000};              // between two looks at the replicas
  Output output = Output::text;                              // show: or json
  std::optional<std::chrono::system_clock::time_point> now;  // nothing: the clock's
};

// Each returns the exit status: 0; 1 after a sentence on `err` that says what to do.
// Makes the pair unless the Secret holds one already, then puts its CA into the configurations.
int run_certs_init(const CertsOptions& options, std::ostream& out, std::ostream& err);
// Renews what is past two thirds of its life, finishes what an earlier run left, or does nothing. 1 also
// where the wait was too short: both CAs stay trusted, and a later run finishes.
int run_certs_rotate(const CertsOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
