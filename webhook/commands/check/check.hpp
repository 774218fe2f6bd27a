// `secret-hygiene check`: judges manifests or recorded AdmissionReviews offline. Thread-safety: one thread at
// a time.
#pragma once

#include <chrono>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "base/rfc3339.hpp"
#include "commands/cli/flags.hpp"

namespace hygiene::commands {

struct CheckOptions {
  std::string policies;            // a directory or a file
  std::vector<std::string> files;  // or directories, as kubectl -f takes them; "-" is standard input
  Output output = Output::table;   // or json, github, sarif, junit
  std::string namespace_default = "default";              // of manifests that give none
  std::string namespace_labels;                           // of namespaces that no file describes
  bool verbose = false;                                   // name on standard error what is skipped
  bool colour = false;                                    // of the table; see terminal_wants_colour()
  std::chrono::sys_seconds now = base::now_in_seconds();  // by which exceptions end
};

// The report goes to `out`, sentences about what cannot be judged to `err`, each as file:line:column where
// known. Returns the exit status: 0 all allowed, 1 something denied, 2 something could not be judged (the
// rest was).
int run_check(const CheckOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_check(CLI::App& app);

}  // namespace hygiene::commands
