#include "commands/terminal/terminal.hpp"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace hygiene::commands {

bool terminal_wants_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

bool terminal_shows_progress() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace hygiene::commands
