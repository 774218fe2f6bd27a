// The flags of `certs init`, `rotate` and `show`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_certs(CLI::App& app);

}  // namespace hygiene::commands
