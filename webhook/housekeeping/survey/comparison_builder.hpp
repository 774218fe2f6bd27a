// Makes a Comparison of Secrets that come one after the other: each is judged by both sets as a Survey judges
// it. Pure: no I/O. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <memory>

#include "housekeeping/survey/comparison.hpp"
#include "housekeeping/survey/survey_builder.hpp"

namespace hygiene::housekeeping {

class ComparisonBuilder {
 public:
  // `now`: by which exceptions end. `namespaces`: as of SurveyBuilder.
  ComparisonBuilder(std::shared_ptr<const policy::PolicySet> old_policies,
                    std::shared_ptr<const policy::PolicySet> new_policies, std::chrono::sys_seconds now,
                    std::shared_ptr<secret::NamespaceLabels> namespaces = nullptr);

  void add(const StoredSecret& stored);
  // `survey`: by the new policies, of all that was added.
  Comparison finish(const Survey& survey);

 private:
  void compare_denials(const policy::Request& write);
  void compare_labels(const policy::Request& write);

  std::shared_ptr<const policy::PolicySet> old_;
  std::shared_ptr<const policy::PolicySet> new_;
  std::chrono::sys_seconds now_;
  std::shared_ptr<secret::NamespaceLabels> namespaces_;
  SurveyBuilder by_old_;
  Comparison comparison_;
};

}  // namespace hygiene::housekeeping
