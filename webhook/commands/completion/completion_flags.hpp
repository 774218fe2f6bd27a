// The argument of `completion`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_completion(CLI::App& app);

}  // namespace hygiene::commands
