// `label`: puts on stored Secrets what `serve` would have put on them when they were written, and takes off
// what no longer applies, or all that is ours. Thread-safety: one thread at a time.
#pragma once

#include <ostream>

#include "commands/cli/stored_flags.hpp"

namespace hygiene::commands {

struct LabelOptions {
  StoredOptions stored;
  bool remove_all = false;
};

// The exit status, an ExitCode: kExitFound where a Secret could not be changed.
int run_label(const LabelOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_label(CLI::App& app);

}  // namespace hygiene::commands
