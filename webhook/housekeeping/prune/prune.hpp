// One prune of Helm's history: reads it, plans, measures or backs up all that goes, then deletes.
// Thread-safety: one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/prune/prune_outcome.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/progress_observer.hpp"

namespace hygiene::housekeeping {

struct PruneWish {
  std::string namespace_name;         // empty: all
  std::string label_selector;         // chooses releases: those of which a revision has these labels
  std::vector<std::string> releases;  // names; empty: all
  std::vector<std::string> excluded;  // names of releases that are left alone
  PruneRules rules;                   // `only` comes from the three above
  bool apply = false;                 // else nothing is deleted
  std::string backup;                 // a directory, for `apply`; empty: none
  std::size_t page = 0;               // as of WalkOptions
  bool sizes = false;                 // reads revisions whose size no annotation tells
  double qps = 20;                    // deletes, and reads of one revision, a second; 0: no pause
  OutageRetryRules outage_retry;
};

// `lister` reads the history and waits out an API server that restarts; `api` does the rest, and
// `wish.outage_retry` says how long to wait for it. What was done until an error or an interruption is in
// `outcome`. An interruption is no error. Errors: those of walk_stored(), Backup and RevisionDeleter, and
// invalid for a release or labels that were given and that no release has; after one of Backup nothing is
// deleted.
Result<void> prune(cluster::BlockingApi& lister, cluster::BlockingApi& api, const PruneWish& wish,
                   const Interrupt& interrupt, ProgressObserver& progress, PruneOutcome& outcome);

}  // namespace hygiene::housekeeping
