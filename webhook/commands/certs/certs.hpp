// `secret-hygiene certs`: the webhook's CA and serving certificate in a Secret, and the CA in both webhook
// configurations. Thread-safety: one thread at a time.
#pragma once

#include <iosfwd>

#include "commands/cli/flags.hpp"
#include "housekeeping/certs/rotation.hpp"

namespace hygiene::commands {

struct CertsOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions api;
  housekeeping::CertificatePlace place;
  housekeeping::RotationRules rotation;
  Output output = Output::text;  // show: or json, yaml
};

// Each returns the exit status: kExitDone; kExitCannot after a sentence on `err` that says what to do.
// What they do: housekeeping/certs/rotation.hpp.
int run_certs_init(const CertsOptions& options, std::ostream& out, std::ostream& err);
int run_certs_rotate(const CertsOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_certs(CLI::App& app);

}  // namespace hygiene::commands
