// Reads what is stored, as little of it as the policies allow, and makes a Survey of it. Thread-safety: one
// thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/progress_observer.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::housekeeping {

struct SurveyWish {
  std::string namespace_name;  // empty: all
  std::string label_selector;
  std::string field_selector;
  ReadChoice choice = ReadChoice::automatic;
  std::shared_ptr<const policy::PolicySet> policies;  // null: none
  std::shared_ptr<const policy::PolicySet>
      compared;                  // what `policies` would change against it; null: nothing
  std::chrono::sys_seconds now;  // by which exceptions end
  const Interrupt* interrupt = nullptr;
  std::size_t page = 0;           // as of WalkOptions
  OutageRetryRules outage_retry;  // with an API server that is away
};

// True if a policy limits what only a whole Secret shows: bytesPerKey, keysPerSecret, bytesPerObject.
bool needs_whole(const policy::PolicySet& policies);

// With `automatic` metadata is read until more than a tenth of what came lacks the size that serve or label
// notes in the annotation secret-hygiene.io/bytes, or kOneByOneMax of them; then all is read anew, whole.
// What lacks it till the end is measured one by one. `progress` hears of each way of reading that begins.
// Errors: those of walk_stored(). An interrupt is no error.
inline constexpr std::size_t kOneByOneMax = 2'000;
Result<Survey> survey_cluster(cluster::BlockingApi& api, const SurveyWish& wish, ProgressObserver& progress);

}  // namespace hygiene::housekeeping
