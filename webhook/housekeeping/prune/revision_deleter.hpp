// Deletes what plan_prune() chose, and no other Secret: each delete names the uid and the resourceVersion
// that the plan was made for. Thread-safety: one thread at a time.
#pragma once

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/prune/backup.hpp"
#include "housekeeping/prune/prune_plan.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::housekeeping {

class RevisionDeleter {
 public:
  // What is referred to must outlive it.
  RevisionDeleter(cluster::BlockingApi& api, OutageRetry& outage_retry)
      : api_(api), outage_retry_(outage_retry) {}

  // Errors of all: those of ApiClient, io once nobody waits for the API server any longer; interrupted
  // (nothing was done); missing (the revision is gone), conflict (it was written since it was planned).

  // Finds out `revision.bytes`: its data passes by, and is forgotten.
  Result<void> measure(const ReleaseName& release, Revision& revision);
  // The same, with what is needed to create it again.
  Result<Restorable> fetch(const ReleaseName& release, Revision& revision);
  // False: its newest revision was written since the plan was made, or another came after it.
  Result<bool> is_quiet(const ReleasePlan& plan);
  // Done where it is gone by the time that the API server answers again. Errors: io, after which nobody can
  // say whether it is gone.
  Result<void> remove(const ReleaseName& release, const Revision& revision);

 private:
  Result<StoredSecret> look_at(const ReleaseName& release, const Revision& revision, Reading reading);

  cluster::BlockingApi& api_;
  OutageRetry& outage_retry_;
};

}  // namespace hygiene::housekeeping
