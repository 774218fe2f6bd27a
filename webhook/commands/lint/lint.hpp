// `secret-hygiene lint`: checks policy files as `serve` would, and prints every error. Thread-safety: one
// thread at a time.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/rfc3339.hpp"
#include "commands/cli/flags.hpp"

namespace hygiene::commands {

struct LintOptions {
  std::vector<std::string> paths;                         // each a set of its own: a directory, or one file
  bool schema = false;                                    // print the policies' JSON Schema instead
  std::chrono::sys_seconds now = base::now_in_seconds();  // by which exceptions end
};

// The exit code: 0 if every set is good, 1 if one has an error or cannot be read. Errors and warnings go to
// `err` as file:line:column: path: message, one summary line for each good set to `out`.
int run_lint(const LintOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_lint(CLI::App& app);

}  // namespace hygiene::commands
