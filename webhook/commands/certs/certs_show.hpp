// `secret-hygiene certs show`: what certificate and CAs are in the cluster. Thread-safety: one thread at a
// time.
#pragma once

#include <iosfwd>

#include "commands/certs/certs.hpp"

namespace hygiene::commands {

// Changes nothing. Returns the exit status: kExitDone; kExitCannot after a sentence on `err` that
// says what to do.
int run_certs_show(const CertsOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
