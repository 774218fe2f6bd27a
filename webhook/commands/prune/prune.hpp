// `prune`: deletes superseded and failed revisions of Helm's history beyond those that are kept.
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "commands/cli/stored_flags.hpp"

namespace hygiene::commands {

struct PruneOptions {
  StoredOptions stored;         // -l chooses releases: those of which a revision has these labels
  std::size_t keep = 10;        // the newest superseded revisions of each release
  std::size_t keep_failed = 1;  // the newest failed ones
  std::chrono::milliseconds min_age{3'600'000};
  std::vector<std::string> releases;  // names; empty: all
  std::string backup;                 // a directory; empty: none
};

// The exit status, a StoredExit: kStoredFound where a revision could not be deleted; kStoredCannot also where
// the backup failed, after which nothing is deleted.
int run_prune(const PruneOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
