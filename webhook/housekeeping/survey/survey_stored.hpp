// Reads what is stored, as little of it as the policies allow, and makes a Survey of it. Thread-safety: one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cluster/blocking_api.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::housekeeping {

enum class ReadChoice {
  automatic,  // metadata where that suffices, else whole
  metadata,   // never a value: a Secret without the annotation has size 0
  whole,
};

struct SurveyWish {
  std::string namespace_name;  // empty: all
  std::string label_selector;
  ReadChoice choice = ReadChoice::automatic;
  std::shared_ptr<const policy::PolicySet> policies;  // null: none
  const Interrupt* interrupt = nullptr;
  OutageRetryRules patience;  // with an API server that is away
};

// How far the reading is. What was read before begin() counts no longer: another way of reading was chosen.
class SurveyWatcher {
 public:
  virtual ~SurveyWatcher() = default;
  virtual void begin() = 0;
  virtual void remaining(std::uint64_t secrets) = 0;
  virtual void done(std::uint64_t secrets) = 0;
};

// True if a policy limits what only a whole Secret shows: bytesPerKey, keysPerSecret, bytesPerObject.
bool needs_whole(const policy::PolicySet& policies);

// With `automatic` metadata is read until more than a tenth of what came lacks the size that serve or label
// notes in the annotation secret-hygiene.io/bytes, or kOneByOneMax of them; then all is read anew, whole.
// What lacks it till the end is measured one by one. Errors: those of walk_stored(). An interrupt is no
// error.
inline constexpr std::size_t kOneByOneMax = 2'000;
base::Result<Survey> survey_stored(cluster::BlockingApi& api, const SurveyWish& wish, SurveyWatcher& watcher);

}  // namespace hygiene::housekeeping
