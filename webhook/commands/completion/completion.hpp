// What may come next on a command line, found in the definitions of its commands and flags themselves. The
// words come and the answer goes as with Cobra's `__complete`, which kubectl asks of its plugins too.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

// What a shell does where no candidate fits; the numbers are Cobra's ShellCompDirective.
enum class Directive {
  files = 0,        // completes the names of files
  nothing = 4,      // ShellCompDirectiveNoFileComp
  directories = 16  // ShellCompDirectiveFilterDirs
};

struct Candidate {
  std::string word;
  std::string description;  // may be empty
};

struct Completion {
  std::vector<Candidate> candidates;  // all begin with what was typed; of --flag=VALUE only the VALUE
  Directive directive = Directive::nothing;
};

// `words` follow the program's name; the last is the one that is being typed, and may be empty. Words that no
// command knows are taken for arguments: a wrong line gets fewer candidates, never an error.
Completion complete(const CLI::App& app, const std::vector<std::string>& words);

// A line for each candidate, with a tab before its description, then `:` and the directive.
std::string to_cobra(const Completion& completion);

// Its subcommand, with its flags.
Run add_completion(CLI::App& app);

}  // namespace hygiene::commands
