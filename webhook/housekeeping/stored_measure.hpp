// One stored Secret, read whole and measured as it passes; nothing of its values is kept. Thread-safety: one
// thread at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/interrupt.hpp"
#include "housekeeping/stored_walk.hpp"

namespace hygiene::housekeeping {

struct MeasureRules {
  std::chrono::milliseconds pause{1'000};       // before an API server that is away is asked again
  std::chrono::milliseconds away_max{120'000};  // one that is gone for longer is an error
};

// Nothing if the Secret is gone. It is asked for as a list of one, which needs no permission that the walk
// did not need. Errors: those of walk_stored(); an API server that is away is one after a while, or at once
// where `interrupt` asked.
base::Result<std::optional<StoredSecret>> measure_stored(cluster::BlockingApi& api,
                                                         const std::string& namespace_name,
                                                         const std::string& name, const Interrupt* interrupt,
                                                         const MeasureRules& rules = MeasureRules());

}  // namespace hygiene::housekeeping
