// Flags that say where an installation is. Thread-safety: one thread at a time.
#pragma once

#include "housekeeping/certs/certificate_store.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace hygiene::commands {

// --namespace, --service, --secret, --validating and --mutating. `place` must live until the flags are
// parsed.
void add_place_flags(CLI::App& command, housekeeping::CertificatePlace& place);

}  // namespace hygiene::commands
