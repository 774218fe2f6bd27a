// The flags of `serve`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_serve(CLI::App& app);

}  // namespace hygiene::commands
