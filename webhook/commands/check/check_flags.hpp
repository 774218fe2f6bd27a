// The flags of `check`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_check(CLI::App& app);

}  // namespace hygiene::commands
