// `secret-hygiene controllers`: which controllers of a cluster cache Secrets, which selector each has, and
// what a better one would save. Changes nothing in the cluster. Thread-safety: one thread at a time.
#pragma once

#include <ostream>
#include <string>

#include "commands/cli/stored_flags.hpp"

namespace hygiene::commands {

struct ControllersOptions {
  // The cluster, and which of its workloads are looked at; policies: by which savings are estimated.
  StoredOptions stored;
  std::string audit;  // the JSON report of an audit; empty: the metadata of all Secrets is listed
  std::string write;  // a directory for kustomize components; empty: none are written
  bool force = false;
};

// The report goes to `out`, what could not be looked at to `err`. Returns the exit status: 0; 1 where a list
// was denied; 2 where nothing could be looked at, or `write` not be written; of a signal as in ExitCode.
int run_controllers(const ControllersOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_controllers(CLI::App& app);

}  // namespace hygiene::commands
