// `prune`: deletes superseded and failed revisions of Helm's history beyond those that are kept.
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "commands/cli/stored_flags.hpp"
#include "housekeeping/stored/outage_retry.hpp"

namespace hygiene::commands {

struct PruneOptions {
  StoredOptions stored;         // -l chooses releases: those of which a revision has these labels
  std::size_t keep = 10;        // the newest superseded revisions of each release
  std::size_t keep_failed = 1;  // the newest failed ones
  std::chrono::milliseconds min_age{3'600'000};
  std::vector<std::string> releases;  // names; empty: all
  bool apply = false;
  std::string backup;            // a directory; empty: none
  double qps = 20;               // deletes a second; 0: no pause
  std::string output = "table";  // table, json
  bool colour = false;
  bool progress = false;
  housekeeping::OutageRetryRules patience;
};

// The exit status, a StoredExit: kStoredFound where a revision could not be deleted; kStoredCannot also where
// the backup failed, after which nothing is deleted.
int run_prune(const PruneOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
