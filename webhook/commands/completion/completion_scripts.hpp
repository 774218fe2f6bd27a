// The scripts by which shells ask `secret-hygiene __complete`: the files in completion_scripts/.
// Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace hygiene::commands {

std::string_view bash_completion();
std::string_view zsh_completion();
std::string_view fish_completion();

}  // namespace hygiene::commands
