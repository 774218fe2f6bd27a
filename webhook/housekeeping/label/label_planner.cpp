#include "housekeeping/label/label_planner.hpp"

#include <algorithm>

#include "policy/evaluator.hpp"
#include "policy/ownership.hpp"

namespace hygiene::housekeeping {
namespace {

// What mode Audit would have put on is reported, and may depend on the size too.
bool depends_on_size(const policy::Policy& policy) {
  return policy::records_size(policy) || policy::labels_by_size(policy);
}

}  // namespace

std::vector<std::string> LabelPlanner::namespace_keys() const {
  if (task_ == LabelTask::remove_all) return {};
  return policies_.namespace_label_keys();
}

bool LabelPlanner::needs_sizes() const {
  return task_ == LabelTask::follow_policies && std::ranges::any_of(policies_.policies, depends_on_size);
}

bool LabelPlanner::knows_enough(const StoredSecret& stored) const {
  return !needs_sizes() || stored.sized();
}

policy::LabelPlan LabelPlanner::plan(const secret::Facts& object) const {
  if (task_ == LabelTask::remove_all)
    return policy::make_label_plan(policy::Ownership(policies_, object), {});
  const secret::Labels* labels = namespaces_ ? &namespaces_->of(object.namespace_name) : nullptr;
  return policy::Evaluation(policies_, {.object = &object, .namespace_labels = labels}).label_plan();
}

}  // namespace hygiene::housekeeping
