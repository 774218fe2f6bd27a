#include "housekeeping/label/label_walk.hpp"

#include <utility>
#include <vector>

#include "housekeeping/stored/stored_secret.hpp"

namespace hygiene::housekeeping {
namespace {

class Planning final : public PageSink {
 public:
  Planning(const LabelPlanner& planner, ProgressObserver& progress, const LabelPlanSink& take)
      : planner_(planner), progress_(progress), take_(take) {}

  Result<void> page(std::vector<StoredSecret> secrets) override {
    for (const StoredSecret& stored : secrets) {
      if (planner_.knows_enough(stored)) {
        plan(stored.facts);
      } else {
        unmeasured.push_back(secret_resource(stored.facts.namespace_name, stored.facts.name));
      }
    }
    return {};
  }
  void remaining(std::uint64_t count) override { progress_.expect(count + unmeasured.size()); }

  void plan(const secret::Facts& facts) {
    progress_.advance(1);
    take_(make_step(facts, planner_.plan(facts)));
  }

  std::vector<cluster::Resource> unmeasured;

 private:
  const LabelPlanner& planner_;
  ProgressObserver& progress_;
  const LabelPlanSink& take_;
};

}  // namespace

Result<void> walk_label_plans(cluster::BlockingApi& api, const WalkOptions& options,
                              const LabelPlanner& planner, OutageRetry& outage_retry,
                              ProgressObserver& progress, const LabelPlanSink& take) {
  progress.begin("reading");
  Planning planning(planner, progress, take);
  const auto walked = walk_stored(api, options, planning);
  if (!walked) return walked.error();
  for (const cluster::Resource& resource : planning.unmeasured) {
    if (outage_retry.interrupted()) return {};
    const auto stored =
        retry_outage(outage_retry, [&] { return read_stored(api, resource, Reading::whole); });
    if (stored) {
      planning.plan(stored->facts);
    } else if (stored.error().code() != Errc::missing && stored.error().code() != Errc::interrupted) {
      return stored.error();
    }
  }
  return {};
}

}  // namespace hygiene::housekeeping
