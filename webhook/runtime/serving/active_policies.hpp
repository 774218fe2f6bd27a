// The policies in force, with the metric handles that go with them: looking a handle up locks, so a request
// must not. Thread-safety: immutable; the counters are atomic.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <prometheus/counter.h>

#include "policy/document.hpp"
#include "policy/evaluator.hpp"
#include "policy/label_plan.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class ActivePolicies {
 public:
  ActivePolicies(std::shared_ptr<const policy::PolicySet> policies, telemetry::Metrics& metrics);

  const policy::PolicySet& policies() const { return *policies_; }
  // Those of labels of namespaces that they select by, as PolicySet has them.
  const std::vector<std::string>& namespace_keys() const { return namespace_keys_; }
  // The policies, each as if it selected no namespace by its labels.
  const policy::PolicySet& in_any_namespace() const { return in_any_namespace_; }
  // The counters of a violation or change that refers to policies().
  prometheus::Counter& violations(const policy::Violation& violation) const;
  prometheus::Counter& labels_applied(const policy::LabelChange& change) const;

 private:
  static constexpr std::size_t kLabelActions = 4;
  struct Handles {
    std::array<prometheus::Counter*, policy::kLimitKinds> violations{};
    std::array<prometheus::Counter*, kLabelActions> labels{};
  };
  const Handles& handles(const policy::Policy* policy) const;

  std::shared_ptr<const policy::PolicySet> policies_;
  std::vector<std::string> namespace_keys_;
  policy::PolicySet in_any_namespace_;
  std::vector<Handles> handles_;  // by index in policies()
  prometheus::Counter* removals_;
};

}  // namespace hygiene::runtime
