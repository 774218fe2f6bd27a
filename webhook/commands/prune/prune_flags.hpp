// The flags of `prune`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_prune(CLI::App& app);

}  // namespace hygiene::commands
