// Whether a report may use colour. Thread-safety: while nobody changes the environment.
#pragma once

namespace hygiene::commands {

// Standard output is a terminal, and NO_COLOR (https://no-color.org) is not set.
bool terminal_wants_colour();

}  // namespace hygiene::commands
