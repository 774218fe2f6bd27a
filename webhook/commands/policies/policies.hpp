// `secret-hygiene policies print`: writes a set of policies that the program brings along, to be edited.
// Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

// Its subcommand, with its arguments.
Run add_policies(CLI::App& app);

}  // namespace hygiene::commands
