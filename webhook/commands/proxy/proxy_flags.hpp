// The flags of `secret-hygiene proxy`. Thread-safety: one thread at a time.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_proxy(CLI::App& app);

}  // namespace hygiene::commands
