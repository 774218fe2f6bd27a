// Walks over stored Secrets and plans the labels of each. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/label/label_planner.hpp"
#include "housekeeping/label/label_writer.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::housekeeping {

class LabelPlanSink {
 public:
  virtual ~LabelPlanSink() = default;
  // One for each Secret; its plan may be empty.
  virtual void take(LabelStep step) = 0;
  // As PageSink's.
  virtual void remaining(std::uint64_t count) = 0;
};

// Of metadata, where a plan depends on a size that no annotation gives, the Secret is measured after the
// walk. Errors: those of walk_stored() and of read_stored(). Ends early where `patience` is interrupted.
base::Result<void> walk_label_plans(cluster::BlockingApi& api, const WalkOptions& options,
                                    const LabelPlanner& planner, OutageRetry& patience, LabelPlanSink& sink);

}  // namespace hygiene::housekeeping
