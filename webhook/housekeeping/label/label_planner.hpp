// What is to be put on stored Secrets and taken off them: what /mutate would do at their next write, by the
// same evaluator; or, for an uninstall, the end of all that is ours. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "housekeeping/stored/stored_walk.hpp"
#include "policy/document.hpp"
#include "policy/label_plan.hpp"
#include "secret/facts.hpp"
#include "secret/namespace_labels.hpp"

namespace hygiene::housekeeping {

enum class LabelTask {
  follow_policies,
  // Takes off all that is ours (policy::Ownership): the labels that are recorded, those under
  // secret-hygiene.io/, on Helm's Secrets also keys that the policies name, and both annotations.
  remove_all,
};

class LabelPlanner {
 public:
  // `policies` must outlive the planner and its plans.
  LabelPlanner(const policy::PolicySet& policies, LabelTask task) : policies_(policies), task_(task) {}

  // The keys of namespaces' labels that a plan depends on.
  std::vector<std::string> namespace_keys() const;
  // Null: no plan depends on them.
  void set_namespaces(std::shared_ptr<secret::NamespaceLabels> namespaces) {
    namespaces_ = std::move(namespaces);
  }

  // True if a plan depends on the size of the data: a policy that labels matches by size, or one sums bytes.
  bool needs_sizes() const;
  // False where a plan of it would depend on a size that was neither measured nor written down.
  bool knows_enough(const StoredSecret& stored) const;
  policy::LabelPlan plan(const secret::Facts& object) const;

 private:
  const policy::PolicySet& policies_;
  LabelTask task_;
  std::shared_ptr<secret::NamespaceLabels> namespaces_;
};

}  // namespace hygiene::housekeeping
