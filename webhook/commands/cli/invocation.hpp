// How the program was called: by its own name, as kubectl's plugin, by a shell that completes a line, or for
// its man page.
// kubectl runs `kubectl secret-hygiene` as kubectl-secret_hygiene, and asks kubectl_complete-secret_hygiene,
// if there is one, what may come next; both are links to the program. Thread-safety: pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hygiene::commands {

struct Invocation {
  std::string program;  // as its user types it
  std::optional<std::vector<std::string>>
      to_complete;  // set where a completion is asked for: the words after the program
  bool man_page = false;
};

Invocation read_invocation(int argc, const char* const* argv);

}  // namespace hygiene::commands
