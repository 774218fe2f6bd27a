// `secret-hygiene test`: judges the cases of files by policies, and compares with what they expect.
// Thread-safety: one thread at a time.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

struct TestOptions {
  std::vector<std::string> paths;  // of case files, or of directories with them
  std::string run;                 // only cases whose name contains it
  Output output = Output::table;   // or json, junit
  bool colour = false;             // of the table; see terminal_wants_colour()
};

// The report goes to `out`, what is wrong with a file to `err`, as file:line:column. Returns the exit status:
// 0 all cases pass, 1 one differs, 2 a file is wrong or no case was judged (the others were).
int run_test(const TestOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_test(CLI::App& app);

}  // namespace hygiene::commands
