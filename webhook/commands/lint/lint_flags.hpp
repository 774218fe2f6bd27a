// The flags of `lint`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_lint(CLI::App& app);

}  // namespace hygiene::commands
