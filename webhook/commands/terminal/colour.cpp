#include "commands/terminal/colour.hpp"

#include <cstdlib>

#include <unistd.h>

namespace hygiene::commands {

bool terminal_wants_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace hygiene::commands
