// Puts a label plan on one stored Secret: a merge patch that names the version which the plan was made for.
// Beside other writers it reads and plans again, within bounds. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/blocking_api.hpp"
#include "housekeeping/label/label_planner.hpp"
#include "housekeeping/stored/outage_retry.hpp"
#include "housekeeping/stored/rate_limit.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::housekeeping {

// A stored Secret that is to change, and how.
struct LabelStep {
  std::string namespace_name;
  std::string name;
  std::string type;
  std::string resource_version;
  std::uint64_t data_bytes = 0;  // 0 where no plan depends on it
  policy::LabelPlan plan;
};
LabelStep make_step(const secret::Facts& facts, policy::LabelPlan plan);

// What came of one Secret.
enum class LabelOutcome {
  planned,  // by a dry run
  no_room,  // our annotations would not fit
  audited,  // only a policy in mode Audit would change it
  // Of a writer:
  changed,
  overtaken,  // another made it right between our reading and our writing
  gone,       // it was deleted meanwhile
  failed,
  interrupted,  // nothing was changed
};
std::string_view to_string(LabelOutcome outcome);  // as reports name it

struct LabelResult {
  LabelOutcome outcome = LabelOutcome::changed;
  std::string why;    // of failed: a sentence
  bool away = false;  // failed because the API server stays away: so would every other
};

class LabelWriter {
 public:
  // What is referred to must outlive it. `reading`: of a Secret that another has written meanwhile.
  LabelWriter(cluster::BlockingApi& api, const LabelPlanner& planner, Reading reading, RateLimit& rate_limit,
              OutageRetry& outage_retry)
      : api_(api),
        planner_(planner),
        reading_(reading),
        rate_limit_(rate_limit),
        outage_retry_(outage_retry) {}

  LabelResult write(LabelStep step);

 private:
  LabelResult judge_answer(const LabelStep& step, std::string_view answer) const;

  cluster::BlockingApi& api_;
  const LabelPlanner& planner_;
  Reading reading_;
  RateLimit& rate_limit_;
  OutageRetry& outage_retry_;
};

// A stored Secret as `planner` needs it: measured where a plan depends on the size and, of metadata, no
// annotation gives it. Errors: as read_stored().
Result<StoredSecret> read_for_plan(cluster::BlockingApi& api, const LabelPlanner& planner,
                                   const cluster::Resource& resource, Reading reading);

}  // namespace hygiene::housekeeping
