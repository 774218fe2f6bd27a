// `label`: puts on stored Secrets what `serve` would have put on them when they were written, and takes off
// what no longer applies, or all that is ours. Thread-safety: one thread at a time.
#pragma once

#include <ostream>
#include <string>

#include "commands/cli/stored_flags.hpp"
#include "housekeeping/stored/outage_retry.hpp"

namespace hygiene::commands {

struct LabelOptions {
  StoredOptions stored;
  bool apply = false;
  bool remove_all = false;
  double qps = 20;               // writes a second; 0: no pause
  std::string read = "auto";     // auto, metadata, whole
  std::string output = "table";  // table, json
  bool colour = false;
  bool progress = false;
  housekeeping::OutageRetryRules patience;
};

// The exit status, a StoredExit: kStoredFound where a Secret could not be changed.
int run_label(const LabelOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
