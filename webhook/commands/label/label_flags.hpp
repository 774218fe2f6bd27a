// The flags of `label`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_label(CLI::App& app);

}  // namespace hygiene::commands
