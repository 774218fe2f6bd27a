// `secret-hygiene version`: which program this is, and what it was made of. Thread-safety: one thread at a
// time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

// Its subcommand, with its flags; it prints text or JSON.
Run add_version(CLI::App& app);

}  // namespace hygiene::commands
