#include <string>
#include <vector>

#include "commands/check/check_report.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {
namespace {

constexpr std::size_t kVerdict = 2;

std::string_view colour_of(admission::Decision decision) {
  switch (decision) {
    case admission::Decision::denied:
      return "\x1B[31m";
    case admission::Decision::warned:
      return "\x1B[33m";
    default:
      return {};
  }
}

std::vector<std::string> reasons_of(const Finding& finding) {
  std::vector<std::string> reasons;
  for (const std::string& message : finding.messages) reasons.push_back(printable(message));
  if (finding.labels.no_room) reasons.emplace_back("no room for labels: annotations may take 256Ki");
  if (!reasons.empty()) return reasons;
  std::string policies;
  for (const policy::LabelChange& change : finding.labels.changes) {
    if (change.policy == nullptr || policies.find(change.policy->name) != std::string::npos) continue;
    policies.append(policies.empty() ? "" : ", ").append(change.policy->name);
  }
  if (!policies.empty()) reasons.push_back("policy " + policies);
  return reasons;
}

class TableReport final : public CheckReport {
 public:
  TableReport(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  void add(const Finding& finding, const Place&) override {
    if (finding.plain()) return;
    const secret::Facts& object = finding.object;
    std::string name = object.name;
    if (name.empty() && !object.generate_name.empty()) name = object.generate_name + "*";
    table_.add({{printable(object.namespace_name), printable(name), std::string(to_string(finding.decision)),
                 printable(labels_of(finding.labels))},
                reasons_of(finding),
                colour_of(finding.decision)});
  }

  void fault(const base::Error&, std::string_view) override {}

  void finish(const CheckSummary& summary) override {
    table_.print(out_, colour_);
    if (!table_.empty()) out_ << '\n';
    out_ << to_string(summary) << '\n';
  }

 private:
  std::ostream& out_;
  bool colour_;
  TextTable table_{{{"NAMESPACE", 24}, {"NAME", 40}, {"VERDICT", 8}, {"LABELS", 32}}, "REASON", kVerdict};
};

}  // namespace

std::unique_ptr<CheckReport> make_table_report(std::ostream& out, bool colour) {
  return std::make_unique<TableReport>(out, colour);
}

}  // namespace hygiene::commands
