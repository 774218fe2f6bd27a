// Walks over stored Secrets and plans the labels of each. Thread-safety: one thread at a time.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/label/label_planner.hpp"
#include "housekeeping/label/label_writer.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/progress_observer.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::housekeeping {

// Takes one for each Secret; its plan may be empty.
using LabelPlanSink = std::function<void(LabelStep)>;

// Of metadata, where a plan depends on a size that no annotation gives, the Secret is measured after the
// walk. Errors: those of walk_stored() and of read_stored(). Ends early where `outage_retry` is interrupted.
Result<void> walk_label_plans(cluster::BlockingApi& api, const WalkOptions& options,
                              const LabelPlanner& planner, OutageRetry& outage_retry,
                              ProgressObserver& progress, const LabelPlanSink& take);

}  // namespace hygiene::housekeeping
