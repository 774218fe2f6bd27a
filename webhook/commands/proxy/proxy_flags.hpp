// The flags of `secret-hygiene proxy`.
#pragma once

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

Run add_proxy(CLI::App& app);

}  // namespace hygiene::commands
