#include "commands/check/check_report.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

// As the toolkit of GitHub Actions escapes a command's message, and more in its properties.
// Source: github.com/actions/toolkit, packages/core, command.ts.
std::string escape(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\r') {
      escaped += "%0D";
    } else if (c == '\n') {
      escaped += "%0A";
    } else if (property && c == ':') {
      escaped += "%3A";
    } else if (property && c == ',') {
      escaped += "%2C";
    } else {
      escaped += c;
    }
  }
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
      print(denied ? "error" : "warning", place, 0, title, finding.messages[i]);
    }
  }

  void fault(const base::Error& error, std::string_view file) override {
    print("error", {file, error.where().line}, error.where().column, "cannot judge", error.message());
  }

  void finish(const CheckSummary&) override {}

 private:
  void print(std::string_view level, const Place& place, std::size_t column, std::string_view title,
             std::string_view message) {
    out_ << "::" << level << ' ';
    // An annotation without a file is shown with the whole run.
    if (place.file != "-") {
      out_ << "file=" << escape(place.file, true);
      if (place.line > 0) out_ << ",line=" << place.line;
      if (column > 0) out_ << ",col=" << column;
      out_ << ',';
    }
    out_ << "title=" << escape(title, true) << "::" << escape(message, false) << '\n';
  }

  std::ostream& out_;
};

}  // namespace

std::unique_ptr<CheckReport> make_github_report(std::ostream& out) {
  return std::make_unique<GithubReport>(out);
}

}  // namespace hygiene::commands
