// The flags of `audit`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_audit(CLI::App& app);

}  // namespace hygiene::commands
