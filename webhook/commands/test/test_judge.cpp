#include "commands/test/test_judge.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <boost/algorithm/string/join.hpp>

#include "commands/check/check_input.hpp"
#include "commands/check/check_judge.hpp"

namespace hygiene::commands {
namespace {

using base::Position;
using Texts = std::vector<std::string>;

// The one Secret or review of an input.
class OneWrite final : public ManifestHandler {
 public:
  OneWrite(const policy::PolicySet& policies, std::chrono::sys_seconds now,
           const secret::Labels& namespace_labels)
      : policies_(policies), now_(now), namespaces_(namespace_labels) {}

  Result<Finding> finding() {
    if (error_) return *error_;
    if (!finding_) return Error(Errc::missing, "holds no write of a Secret");
    if (writes_ > 1) return Error(Errc::limit, "holds " + std::to_string(writes_) + " Secrets: one a case");
    return std::move(*finding_);
  }

  void secret(const secret::Facts& facts, const Position&) override {
    ++writes_;
    finding_ = judge_manifest(policies_, facts, "default", now_, &namespaces_);
  }
  void review(const admission::Review& review, const Position&) override {
    ++writes_;
    finding_ = judge_review(policies_, review, now_, &namespaces_);
  }
  void unfinished(Unfinished, const Position& where) override {
    fault({Errc::unsupported, "a Secret whose values are not in it cannot be judged", where});
  }
  void name_space(const secret::Facts&) override {}
  void other() override {}
  void no_object(const Error& error) override { fault(error); }
  void fault(const Error& error) override {
    if (!error_) error_ = error;
  }

 private:
  const policy::PolicySet& policies_;
  const std::chrono::sys_seconds now_;
  secret::NamespaceLabels namespaces_;
  std::optional<Finding> finding_;
  std::optional<Error> error_;
  std::uint64_t writes_ = 0;
};

Result<Finding> judge_input(const policy::PolicySet& policies, const TestCase& test_case,
                            std::chrono::sys_seconds now) {
  OneWrite write(policies, test_case.now.value_or(now), test_case.namespace_labels);
  if (test_case.path.empty()) {
    std::istringstream in(test_case.input);
    read_manifests(in, write);
    return write.finding();
  }
  errno = 0;
  std::ifstream in(test_case.path, std::ios::binary);
  if (!in) {
    return Error(Errc::io, test_case.path + ": cannot be opened: " + std::generic_category().message(errno));
  }
  read_manifests(in, write);
  auto finding = write.finding();
  if (finding) return finding;
  const Error& error = finding.error();
  const std::string line = error.where().line > 0 ? ":" + std::to_string(error.where().line) : "";
  return Error(error.code(), test_case.path + line + ": " + error.message());
}

Texts deciding_policies(const Finding& finding) {
  Texts names;
  for (const policy::Violation& violation : finding.violations) {
    const bool decides = to_string(violation.outcome) == to_string(finding.decision);
    if (decides && (names.empty() || names.back() != violation.policy->name))
      names.push_back(violation.policy->name);
  }
  return names;
}

Texts applying_policies(const Finding& finding) {
  Texts names;
  for (const policy::Policy* each : finding.applying) names.push_back(each->name);
  return names;  // sorted: a set is
}

Texts changed_labels(const policy::LabelPlan& plan) {
  Texts labels;
  for (const policy::LabelChange& change : plan.changes) {
    policy::LabelPlan one;
    one.changes.push_back(change);
    labels.push_back(policy::labels_of(one));
  }
  std::ranges::sort(labels);
  return labels;
}

std::string shown(const Texts& texts) {
  return texts.empty() ? "none" : boost::join(texts, ", ");
}

}  // namespace

Result<std::vector<Difference>> judge_case(const policy::PolicySet& policies, const TestCase& test_case,
                                           std::chrono::sys_seconds now) {
  const auto finding = judge_input(policies, test_case, now);
  if (!finding) return finding.error();
  const Expectation& expected = test_case.expected;
  std::vector<Difference> differences;
  const std::string verdict(to_string(finding->decision));
  if (expected.verdict && *expected.verdict != verdict)
    differences.push_back({"verdict", *expected.verdict, verdict});
  const Texts deciding = deciding_policies(*finding);
  if (expected.policy && std::ranges::find(deciding, *expected.policy) == deciding.end())
    differences.push_back({"policy", *expected.policy, shown(deciding)});
  const Texts applying = applying_policies(*finding);
  if (expected.applies && *expected.applies != applying)
    differences.push_back({"applies", shown(*expected.applies), shown(applying)});
  const Texts labels = changed_labels(finding->labels);
  if (expected.labels && *expected.labels != labels)
    differences.push_back({"labels", shown(*expected.labels), shown(labels)});
  const std::string message = shown(finding->answers);
  for (const std::string& part : expected.messages) {
    if (message.find(part) == std::string::npos) differences.push_back({"message", part, message});
  }
  return differences;
}

}  // namespace hygiene::commands
