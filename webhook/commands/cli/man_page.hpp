// The man page, made of the definitions of commands and flags that --help and completions are made of.
// Thread-safety: pure function.
#pragma once

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace hygiene::commands {

// In the macros of man(7). docs/secret-hygiene.1 holds it, as `secret-hygiene __man` prints it.
std::string man_page(const CLI::App& app);

}  // namespace hygiene::commands
