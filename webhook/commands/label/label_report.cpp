#include "commands/label/label_report.hpp"

#include <vector>

#include "commands/cli/label_change_json.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/label/merge_patch.hpp"
#include "secret/facts.hpp"

namespace hygiene::commands {
namespace {

using policy::AnnotationChange;

constexpr std::size_t kResult = 2;

std::string_view colour_of(LabelResultKind kind) {
  if (kind == LabelResultKind::failed) return "\x1B[31m";
  if (kind == LabelResultKind::no_room) return "\x1B[33m";
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
  Table(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  void add(const housekeeping::LabelStep& step, LabelResultKind kind, const std::string& why) override {
    TableRow row;
    row.cells = {printable(step.namespace_name), printable(step.name), std::string(to_string(kind))};
    row.notes.push_back(printable(change_of(step.plan)));
    if (kind == LabelResultKind::no_room)
      row.notes.emplace_back("its annotations leave no room for the record of labels: they may take 256Ki");
    if (!why.empty()) row.notes.push_back(printable(why));
    row.colour = colour_of(kind);
    table_.add(std::move(row));
  }

  void finish(const LabelSummary& summary) override {
    table_.print(out_, colour_);
    if (!table_.empty()) out_ << '\n';
    out_ << to_string(summary) << '\n';
  }

 private:
  std::ostream& out_;
  bool colour_;
  TextTable table_{{{"NAMESPACE", 24}, {"NAME", 40}, {"RESULT", 9}}, "CHANGE", kResult};
};

class Json final : public LabelReport {
 public:
  explicit Json(std::ostream& out) : out_(out) {
    json_.begin_object();
    json_.field("apiVersion", "secret-hygiene.io/v1alpha1");
    json_.field("kind", "LabelReport");
    json_.key("results");
    json_.begin_array();
  }

  void add(const housekeeping::LabelStep& step, LabelResultKind kind, const std::string& why) override {
    json_.break_line();
    json_.object([&] {
      json_.field("namespace", step.namespace_name);
      json_.field("name", step.name);
      json_.field("type", step.type);
      json_.field("result", to_string(kind));
      if (!why.empty()) json_.field("why", why);
      write_label_changes(json_, step.plan.changes);
      json_.object("annotations", [&] {
        housekeeping::write_annotation(json_, secret::kBytesAnnotation, step.plan.bytes);
        housekeeping::write_annotation(json_, secret::kOwnedLabelsAnnotation, step.plan.owned_labels);
      });
    });
    out_ << json_.take();
  }

  void finish(const LabelSummary& summary) override {
    json_.break_line();
    json_.end_array();
    json_.object("summary", [&] {
      json_.field("applied", summary.applied);
      json_.field("interrupted", summary.interrupted);
      json_.field("secrets", summary.secrets);
      json_.field("right", summary.right);
      json_.field("planned", summary.planned);
      json_.field("changed", summary.changed);
      json_.field("overtaken", summary.overtaken);
      json_.field("gone", summary.gone);
      json_.field("failed", summary.failed);
      json_.field("noRoom", summary.no_room);
      json_.field("audited", summary.audited);
    });
    json_.end_object();
    out_ << json_.take() << '\n';
  }

 private:
  std::ostream& out_;
  json::Writer json_;
};

}  // namespace

std::string_view to_string(LabelResultKind kind) {
  switch (kind) {
    case LabelResultKind::planned:
      return "planned";
    case LabelResultKind::changed:
      return "changed";
    case LabelResultKind::overtaken:
      return "overtaken";
    case LabelResultKind::gone:
      return "gone";
    case LabelResultKind::failed:
      return "failed";
    case LabelResultKind::no_room:
      return "no-room";
    case LabelResultKind::audited:
      return "audited";
  }
  return "unknown";
}

void LabelSummary::count(LabelResultKind kind) {
  if (kind == LabelResultKind::changed) ++changed;
  if (kind == LabelResultKind::overtaken) ++overtaken;
  if (kind == LabelResultKind::gone) ++gone;
  if (kind == LabelResultKind::failed) ++failed;
}

std::string to_string(const LabelSummary& summary) {
  std::string text = std::to_string(summary.secrets) + (summary.secrets == 1 ? " Secret: " : " Secrets: ") +
                     std::to_string(summary.right) + " right already";
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) text += ", " + std::to_string(count) + ' ' + what;
  };
  add(summary.changed, "changed");
  add(summary.overtaken, "changed by another meanwhile");
  add(summary.gone, "gone meanwhile");
  add(summary.failed, "failed");
  add(summary.no_room, "without room for labels");
  add(summary.left(), summary.applied ? "left for the next run" : "to change");
  if (summary.audited > 0) text += "; policies in mode Audit would change " + std::to_string(summary.audited);
  if (summary.interrupted) text += "; interrupted";
  if (!summary.applied && summary.planned > 0) text += ". Nothing was changed: --apply does it";
  return text;
}

std::unique_ptr<LabelReport> make_label_table(std::ostream& out, bool colour) {
  return std::make_unique<Table>(out, colour);
}

std::unique_ptr<LabelReport> make_label_json(std::ostream& out) {
  return std::make_unique<Json>(out);
}

}  // namespace hygiene::commands
