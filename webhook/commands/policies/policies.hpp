// `secret-hygiene policies print`: writes a set of policies that the program brings along, to be edited.
// Thread-safety: one thread at a time.
#pragma once

#include <iosfwd>

#include "commands/cli/embedded_policies.hpp"
#include "commands/cli/flags.hpp"

namespace hygiene::commands {

// One YAML stream, a comment with its name before each file. Returns the exit status.
int run_policies_print(EmbeddedPolicies set, std::ostream& out, std::ostream& err);

// Its subcommand, with its arguments.
Run add_policies(CLI::App& app);

}  // namespace hygiene::commands
