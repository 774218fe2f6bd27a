// `secret-hygiene version`: which program this is, and what it was made of. Thread-safety: one thread at a
// time.
#pragma once

#include <iosfwd>

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

// `output`: text or json. Returns the exit status.
int run_version(Output output, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_version(CLI::App& app);

}  // namespace hygiene::commands
