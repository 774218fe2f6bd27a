#include "commands/check/check_report.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/replace.hpp>

#include "base/utf8.hpp"
#include "commands/cli/results_json.hpp"
#include "commands/terminal/text_table.hpp"
#include "json/writer.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using admission::Decision;

constexpr std::size_t kVerdict = 3;

std::string_view colour_of(Decision decision) {
  switch (decision) {
    case Decision::denied:
      return "\x1B[31m";
    case Decision::warned:
      return "\x1B[33m";
    default:
      return {};
  }
}

std::vector<std::string> reasons_of(const Finding& finding) {
  std::vector<std::string> reasons;
  for (const std::string& message : finding.messages) reasons.push_back(printable(message));
  if (finding.labels.no_room) reasons.emplace_back("no room for labels: annotations are limited to 256Ki");
  if (!reasons.empty()) return reasons;
  std::vector<std::string> policies;
  for (const policy::LabelChange& change : finding.labels.changes) {
    if (change.policy == nullptr || std::ranges::find(policies, change.policy->name) != policies.end())
      continue;
    policies.push_back(change.policy->name);
  }
  if (!policies.empty()) reasons.push_back("policy " + boost::join(policies, ", "));
  return reasons;
}

class TableReport final : public CheckReport {
 public:
  TableReport(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  void add(const Finding& finding, const Place& place) override {
    if (finding.plain()) return;
    const secret::Facts& object = finding.object;
    std::string name = object.name;
    if (name.empty() && !object.generate_name.empty()) name = object.generate_name + "*";
    table_.add({{printable(to_string(place)), printable(object.namespace_name), printable(name),
                 std::string(to_string(finding.decision)), printable(labels_of(finding.labels))},
                reasons_of(finding),
                colour_of(finding.decision)});
  }

  void finish(const CheckSummary& summary) override { table_.print(out_, colour_, to_string(summary)); }

 private:
  std::ostream& out_;
  bool colour_;
  TextTable table_{
      {{"PLACE", 40}, {"NAMESPACE", 24}, {"NAME", 40}, {"VERDICT", 8}, {"LABELS", 32}}, "REASON", kVerdict};
};

class JsonReport final : public CheckReport {
 public:
  explicit JsonReport(std::ostream& out) : json_(out, "CheckReport") {}

  void add(const Finding& finding, const Place& place) override {
    json_.add([&](json::Writer& json) {
      const secret::Facts& object = finding.object;
      write(json, place);
      json.field("namespace", object.namespace_name);
      json.field("name", object.name);
      if (object.name.empty() && !object.generate_name.empty())
        json.field("generateName", object.generate_name);
      json.field("type", object.type);
      json.field("bytes", object.data_bytes);
      json.field("verdict", to_string(finding.decision));
      json.array("violations", [&] {
        for (std::size_t i = 0; i < finding.violations.size(); ++i)
          write(json, finding.violations[i], finding.messages[i]);
      });
      write_label_changes(json, finding.labels.changes);
    });
  }

  void unfinished(Unfinished why, const Place& place) override { add("skipped", to_string(why), place); }
  void fault(const std::string& message, const Place& place) override { add("error", message, place); }

  void finish(const CheckSummary& summary) override {
    json_.finish([&](json::Writer& json) {
      json.field("secrets", summary.secrets);
      json.field("allowed", summary.allowed);
      json.field("denied", summary.denied);
      json.field("warned", summary.warned);
      json.field("audited", summary.audited);
      json.field("spared", summary.spared);
      json.field("labelled", summary.labelled);
      json.field("otherReviews", summary.unexpected);
      json.field("encrypted", summary.encrypted);
      json.field("placeholders", summary.placeholders);
      json.field("otherKinds", summary.skipped);
      json.field("noObjects", summary.no_objects);
      json.field("errors", summary.faults);
    });
  }

 private:
  void add(std::string_view verdict, std::string_view message, const Place& place) {
    json_.add([&](json::Writer& json) {
      write(json, place);
      json.field("verdict", verdict);
      json.field("message", message);
    });
  }
  static void write(json::Writer& json, const Place& place) {
    json.field("file", base::is_utf8(place.file) ? place.file : "?");
    json.field("line", place.line);
    if (place.column > 0) json.field("column", place.column);
  }
  static void write(json::Writer& json, const policy::Violation& violation, std::string_view message) {
    json.object([&] {
      json.field("policy", violation.policy->name);
      json.field("limit", policy::limit_rule(violation.limit).name);
      json.field("mode", policy::to_string(violation.policy->mode));
      json.field("measured", violation.measured);
      json.field("allowed", violation.allowed);
      json.field("outcome", to_string(violation.outcome));
      json.field("message", message);
    });
  }

  ResultsJson json_;
};

// As the toolkit of GitHub Actions escapes a command's message, and more in its properties.
// Source: github.com/actions/toolkit, packages/core, command.ts.
std::string escape(std::string_view text, bool property) {
  std::string escaped(text);
  boost::replace_all(escaped, "%", "%25");
  boost::replace_all(escaped, "\r", "%0D");
  boost::replace_all(escaped, "\n", "%0A");
  if (!property) return escaped;
  boost::replace_all(escaped, ":", "%3A");
  boost::replace_all(escaped, ",", "%2C");
  return escaped;
}

class GithubReport final : public CheckReport {
 public:
  explicit GithubReport(std::ostream& out) : out_(out) {}

  void add(const Finding& finding, const Place& place) override {
    for (std::size_t i = 0; i < finding.violations.size(); ++i) {
      const policy::Violation& violation = finding.violations[i];
      const bool denied = violation.outcome == policy::Outcome::denied;
      if (!denied && violation.outcome != policy::Outcome::warned) continue;
      const std::string title =
          violation.policy->name + "/" + std::string(policy::limit_rule(violation.limit).name);
      print(denied ? "error" : "warning", place, title, finding.messages[i]);
    }
  }

  void fault(const std::string& message, const Place& place) override {
    print("error", place, "cannot judge", message);
  }

 private:
  void print(std::string_view level, const Place& place, std::string_view title, std::string_view message) {
    out_ << "::" << level << ' ';
    // An annotation without a file is shown with the whole run.
    if (place.file != "-") {
      out_ << "file=" << escape(place.file, true);
      if (place.line > 0) out_ << ",line=" << place.line;
      if (place.column > 0) out_ << ",col=" << place.column;
      out_ << ',';
    }
    out_ << "title=" << escape(title, true) << "::" << escape(message, false) << '\n';
  }

  std::ostream& out_;
};

}  // namespace

void CheckSummary::count(const Finding& finding) {
  ++secrets;
  switch (finding.decision) {
    case Decision::denied:
      ++denied;
      break;
    case Decision::warned:
      ++warned;
      break;
    case Decision::audited:
      ++audited;
      break;
    case Decision::spared:
      ++spared;
      break;
    default:
      ++allowed;
  }
  if (finding.decision != Decision::denied && !finding.labels.empty()) ++labelled;
}

std::string to_string(const CheckSummary& summary) {
  std::string text =
      counted(summary.secrets, "Secret", "Secrets") + ": " + std::to_string(summary.allowed) + " allowed";
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) text.append(", ").append(std::to_string(count)).append(" ").append(what);
  };
  add(summary.audited, "audited");
  add(summary.spared, "spared");
  add(summary.warned, "warned");
  add(summary.denied, "denied");
  if (summary.labelled > 0) text += "; " + std::to_string(summary.labelled) + " labelled";
  if (summary.unexpected > 0) {
    text += "; " + counted(summary.unexpected, "review", "reviews") + " of other requests allowed";
  }
  if (summary.encrypted > 0) {
    text += "; " + counted(summary.encrypted, "Secret", "Secrets") + " encrypted by SOPS skipped";
  }
  if (summary.placeholders > 0) {
    text +=
        "; " + counted(summary.placeholders, "Secret", "Secrets") + " with placeholders (<path:...>) skipped";
  }
  if (summary.skipped > 0) {
    text += "; " + counted(summary.skipped, "object of another kind", "objects of other kinds") + " skipped";
  }
  if (summary.no_objects > 0) {
    text += "; " + counted(summary.no_objects, "file or document", "files or documents") +
            " without a Kubernetes object skipped";
  }
  if (summary.faults > 0) text += "; " + counted(summary.faults, "error", "errors");
  return text;
}

std::string to_string(const Place& place) {
  std::string text(place.file);
  if (place.line > 0) text += ":" + std::to_string(place.line);
  if (place.line > 0 && place.column > 0) text += ":" + std::to_string(place.column);
  return text;
}

std::string_view to_string(Unfinished why) {
  return why == Unfinished::encrypted ? "encrypted by SOPS" : "a placeholder (<path:...>) stands for a value";
}

std::unique_ptr<CheckReport> make_table_report(std::ostream& out, bool colour) {
  return std::make_unique<TableReport>(out, colour);
}

std::unique_ptr<CheckReport> make_json_report(std::ostream& out) {
  return std::make_unique<JsonReport>(out);
}

std::unique_ptr<CheckReport> make_github_report(std::ostream& out) {
  return std::make_unique<GithubReport>(out);
}

}  // namespace hygiene::commands
