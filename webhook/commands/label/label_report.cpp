#include "commands/label/label_report.hpp"

#include <vector>

#include "commands/cli/results_json.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/label/merge_patch.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {
namespace {

using policy::AnnotationChange;

constexpr std::size_t kResult = 2;

std::string_view colour_of(LabelOutcome outcome) {
  if (outcome == LabelOutcome::failed) return "\x1B[31m";
  if (outcome == LabelOutcome::no_room) return "\x1B[33m";
  return {};
}

// The labels as kubectl takes them, and the size where it is written or taken off. The record of labels
// follows them: it is named where it changes alone.
std::string change_of(const policy::LabelPlan& plan) {
  std::string text = labels_of(plan);
  const auto add = [&text](const std::string& part) {
    if (!text.empty()) text += ' ';
    text += part;
  };
  if (plan.bytes.kind == AnnotationChange::Kind::set) add("bytes=" + plan.bytes.value);
  if (plan.bytes.kind == AnnotationChange::Kind::remove) add("bytes-");
  if (plan.owned_labels.kind != AnnotationChange::Kind::none && text.empty()) add("owned-labels");
  return text;
}

class Table final : public LabelReport {
 public:
  Table(std::ostream& out, const TableStyle& style)
      : out_(out), style_(style), table_(columns(style.wide), "CHANGE", kResult) {}

  void add(const housekeeping::LabelStep& step, LabelOutcome outcome, const std::string& why) override {
    TableRow row;
    row.cells = {printable(step.namespace_name), printable(step.name), std::string(to_string(outcome))};
    if (style_.wide) row.cells.push_back(printable(step.type));
    row.notes.push_back(printable(change_of(step.plan)));
    if (outcome == LabelOutcome::no_room)
      row.notes.emplace_back(
          "its annotations leave no room for the record of labels: they are limited to 256Ki");
    if (!why.empty()) row.notes.push_back(printable(why));
    row.colour = colour_of(outcome);
    table_.add(std::move(row));
  }

  void finish(const LabelSummary& summary) override {
    if (!style_.headers) return table_.print_rows(out_);
    table_.print(out_, style_.colour, to_string(summary));
  }

 private:
  static std::vector<TableColumn> columns(bool wide) {
    std::vector<TableColumn> made{{"NAMESPACE", 24}, {"NAME", 40}, {"RESULT", 9}};
    if (wide) made.push_back({"TYPE", 40});
    return made;
  }

  std::ostream& out_;
  TableStyle style_;
  TextTable table_;
};

class Names final : public LabelReport {
 public:
  explicit Names(std::ostream& out) : out_(out) {}

  void add(const housekeeping::LabelStep& step, LabelOutcome outcome, const std::string& /*why*/) override {
    if (outcome == LabelOutcome::planned || outcome == LabelOutcome::changed)
      out_ << "secret/" << printable(step.name) << '\n';
  }
  void finish(const LabelSummary& /*summary*/) override {}

 private:
  std::ostream& out_;
};

class Json final : public LabelReport {
 public:
  explicit Json(std::ostream& out) : json_(out, "LabelReport") {}

  void add(const housekeeping::LabelStep& step, LabelOutcome outcome, const std::string& why) override {
    json_.add([&](json::Writer& json) {
      json.field("namespace", step.namespace_name);
      json.field("name", step.name);
      json.field("type", step.type);
      json.field("result", to_string(outcome));
      if (!why.empty()) json.field("why", why);
      write_label_changes(json, step.plan.changes);
      json.object("annotations", [&] {
        housekeeping::write_annotation(json, secret::kBytesAnnotation, step.plan.bytes);
        housekeeping::write_annotation(json, secret::kOwnedLabelsAnnotation, step.plan.owned_labels);
      });
    });
  }

  void finish(const LabelSummary& summary) override {
    json_.finish([&](json::Writer& json) {
      json.field("applied", summary.applied);
      json.field("interrupted", summary.interrupted);
      json.field("secrets", summary.secrets);
      json.field("right", summary.right);
      json.field("planned", summary.planned);
      json.field("changed", summary.changed);
      json.field("overtaken", summary.overtaken);
      json.field("gone", summary.gone);
      json.field("failed", summary.failed);
      json.field("noRoom", summary.no_room);
      json.field("audited", summary.audited);
    });
  }

 private:
  ResultsJson json_;
};

}  // namespace

void LabelSummary::count(LabelOutcome outcome) {
  if (outcome == LabelOutcome::changed) ++changed;
  if (outcome == LabelOutcome::overtaken) ++overtaken;
  if (outcome == LabelOutcome::gone) ++gone;
  if (outcome == LabelOutcome::failed) ++failed;
}

std::string to_string(const LabelSummary& summary) {
  std::string text =
      counted(summary.secrets, "Secret", "Secrets") + ": " + std::to_string(summary.right) + " already right";
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) text += ", " + std::to_string(count) + ' ' + what;
  };
  add(summary.changed, "changed");
  add(summary.overtaken, "changed by another client meanwhile");
  add(summary.gone, "gone meanwhile");
  add(summary.failed, "failed");
  add(summary.no_room, "without room for labels");
  add(summary.left(), summary.applied ? "left for the next run" : "to change");
  if (summary.audited > 0) text += "; policies in mode Audit would change " + std::to_string(summary.audited);
  if (summary.interrupted) text += "; interrupted";
  if (!summary.applied && summary.planned > 0) text += ". Nothing was changed: add --apply";
  return text;
}

std::unique_ptr<LabelReport> make_label_report(const StoredOptions& stored, std::ostream& out) {
  switch (stored.output) {
    case Output::json:
    case Output::yaml:
      return std::make_unique<Json>(out);
    case Output::name:
      return std::make_unique<Names>(out);
    default:
      return std::make_unique<Table>(
          out, TableStyle{stored.output == Output::wide, !stored.no_headers, stored.colour});
  }
}

}  // namespace hygiene::commands
