#include "commands/test/test_report.hpp"

#include <sstream>

#include "commands/cli/junit.hpp"
#include "commands/cli/results_json.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {
namespace {

constexpr std::string_view kGreen = "\x1B[32m";
constexpr std::string_view kRed = "\x1B[31m";

std::string diff_of(const std::vector<Difference>& differences, std::string_view indent) {
  std::string text;
  for (const auto& [field, expected, got] : differences) {
    text.append(indent).append("- ").append(field).append(": ").append(printable(expected)).append("\n");
    text.append(indent).append("+ ").append(field).append(": ").append(printable(got)).append("\n");
  }
  return text;
}

class TableReport final : public TestReport {
 public:
  TableReport(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  void add(const std::string& file, const TestCase& test_case,
           const std::vector<Difference>& differences) override {
    const bool passed = differences.empty();
    const std::string place = printable(file) + ":" + std::to_string(test_case.where.line);
    const std::string name = printable(test_case.name);
    table_.add({{passed ? "PASS" : "FAIL", place, name}, {}, passed ? kGreen : kRed});
    if (!passed) differences_ << '\n' << place << ": " << name << '\n' << diff_of(differences, "  ");
  }

  void fault(const policy::Diagnostic&) override {}

  void finish(const TestSummary& summary) override {
    table_.print(out_, colour_);
    if (!differences_.view().empty()) out_ << "\nWhat differs (- expected, + got):\n" << differences_.view();
    out_ << (table_.empty() ? "" : "\n") << to_string(summary) << '\n';
  }

 private:
  std::ostream& out_;
  bool colour_;
  TextTable table_{{{.title = "RESULT"}, {.title = "FILE"}, {.title = "CASE"}}, {}, 0};
  std::ostringstream differences_;
};

class JsonReport final : public TestReport {
 public:
  explicit JsonReport(std::ostream& out) : json_(out, "TestReport") {}

  void add(const std::string& file, const TestCase& test_case,
           const std::vector<Difference>& differences) override {
    json_.add([&](json::Writer& json) {
      json.field("file", file);
      json.field("line", test_case.where.line);
      json.field("name", test_case.name);
      json.field("result", differences.empty() ? "passed" : "failed");
      json.objects("differences", differences, [&json](const Difference& each) {
        json.field("field", each.field);
        json.field("expected", each.expected);
        json.field("got", each.got);
      });
    });
  }

  void fault(const policy::Diagnostic& error) override {
    json_.add([&](json::Writer& json) {
      json.field("file", error.file);
      json.field("line", error.line);
      json.field("result", "error");
      json.field("message", (error.path.empty() ? "" : error.path + ": ") + error.message);
    });
  }

  void finish(const TestSummary& summary) override {
    json_.finish([&](json::Writer& json) {
      json.field("passed", summary.passed);
      json.field("failed", summary.failed);
      json.field("errors", summary.errors);
    });
  }

 private:
  ResultsJson json_;
};

class JunitReport final : public TestReport {
 public:
  explicit JunitReport(std::ostream& out) : out_(out) {}

  void add(const std::string& file, const TestCase& test_case,
           const std::vector<Difference>& differences) override {
    junit_.add(file, test_case.name, test_case.where.line, [&](html::Markup& xml) {
      if (!differences.empty())
        xml.single("failure", {{"message", diff_of(differences, "")}, {"type", "differs"}});
    });
  }

  void fault(const policy::Diagnostic& error) override {
    junit_.add(error.file, "can be judged", error.line, [&](html::Markup& xml) {
      xml.single("error", {{"message", error.message}, {"type", "cannot judge"}});
    });
  }

  void finish(const TestSummary& summary) override {
    junit_.finish(out_, "secret-hygiene test",
                  {.tests = summary.passed + summary.failed + summary.errors,
                   .failures = summary.failed,
                   .errors = summary.errors});
  }

 private:
  std::ostream& out_;
  Junit junit_;
};

}  // namespace

std::string to_string(const TestSummary& summary) {
  std::string text = counted(summary.passed + summary.failed, "case", "cases") + ": " +
                     std::to_string(summary.passed) + " passed, " + std::to_string(summary.failed) +
                     " failed";
  if (summary.errors > 0) text += "; " + counted(summary.errors, "error", "errors");
  return text;
}

std::unique_ptr<TestReport> make_test_report(Output output, std::ostream& out, bool colour) {
  if (output == Output::json) return std::make_unique<JsonReport>(out);
  if (output == Output::junit) return std::make_unique<JunitReport>(out);
  return std::make_unique<TableReport>(out, colour);
}

}  // namespace hygiene::commands
