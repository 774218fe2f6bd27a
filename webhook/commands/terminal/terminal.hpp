// What the user's terminal can show. Thread-safety: while nobody changes the environment.
#pragma once

namespace hygiene::commands {

// Standard output is a terminal, and NO_COLOR (https://no-color.org) is not set.
bool terminal_wants_colour();
// Standard error is a terminal that can take a line back.
bool terminal_shows_progress();

}  // namespace hygiene::commands
