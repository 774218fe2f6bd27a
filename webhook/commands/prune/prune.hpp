// `prune`: deletes superseded and failed revisions of Helm's history beyond those that are kept.
// Thread-safety: one thread at a time.
#pragma once

#include <ostream>

#include "commands/cli/stored_flags.hpp"
#include "housekeeping/prune/prune.hpp"

namespace hygiene::commands {

struct PruneOptions {
  StoredOptions stored;           // -l chooses releases: those of which a revision has these labels
  housekeeping::PruneWish prune;  // what `stored` does not say
};

// The exit status, an ExitCode: kExitFound where a revision could not be deleted; kExitCannot also where
// the backup failed, after which nothing is deleted.
int run_prune(const PruneOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_prune(CLI::App& app);

}  // namespace hygiene::commands
