// Judges one Secret or review offline, as the webhook's two endpoints would one after the other.
// Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admission/review.hpp"
#include "admission/verdict.hpp"
#include "policy/document.hpp"
#include "policy/evaluator.hpp"
#include "policy/label_plan.hpp"
#include "secret/facts.hpp"
#include "secret/namespace_labels.hpp"

namespace hygiene::commands {

struct Finding {
  secret::Facts object;  // with defaults for what a manifest leaves out, before the labels
  admission::Decision decision = admission::Decision::allowed;
  std::vector<policy::Violation> violations;
  std::vector<std::string> messages;  // one a violation; the last of each policy has the policy's message
  policy::LabelPlan labels;
  std::vector<const policy::Policy*> applying;  // the policies that apply, by name
  std::vector<std::string> answers;             // what the webhook says: the denial, then its warnings

  // True if nothing is to be said of it.
  bool plain() const { return violations.empty() && labels.changes.empty() && !labels.no_room; }
};

// A manifest: a CREATE at `now` by nobody whom a policy could exempt. An empty type or namespace gets the API
// server's default. `namespaces`: their labels; null: not known.
Finding judge_manifest(const policy::PolicySet& policies, const secret::Facts& facts,
                       const std::string& default_namespace, std::chrono::sys_seconds now,
                       secret::NamespaceLabels* namespaces = nullptr);
// A recorded review, as if it were sent at `now`. Nothing where it is no write of a core/v1 Secret.
std::optional<Finding> judge_review(const policy::PolicySet& policies, const admission::Review& review,
                                    std::chrono::sys_seconds now,
                                    secret::NamespaceLabels* namespaces = nullptr);

}  // namespace hygiene::commands
