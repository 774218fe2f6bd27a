#include "commands/check/check_sarif.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "base/version.hpp"
#include "commands/terminal/text_table.hpp"
#include "json/writer.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

using policy::Outcome;

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr std::string_view kCannotJudge = "cannotJudge";

// SARIF's word for what came of a broken limit.
std::string_view level_of(Outcome outcome) {
  if (outcome == Outcome::denied) return "error";
  return outcome == Outcome::warned ? "warning" : "note";
}

// A relative reference, or a file URI of an absolute path.
std::string uri_of(std::string_view path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    uri += base::percent_encode(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    uri += '/';
    path.remove_prefix(slash + 1);
  }
  return uri;
}

class SarifReport final : public CheckReport {
 public:
  explicit SarifReport(std::ostream& out) : out_(out) {
    json_.begin_object();
    json_.field("$schema", kSchema);
    json_.field("version", "2.1.0");
    json_.key("runs");
    json_.begin_array();
    json_.begin_object();
    json_.object("tool", [&] { json_.object("driver", [&] { write_driver(); }); });
    json_.field("columnKind", "unicodeCodePoints");
    json_.key("results");
    json_.begin_array();
  }

  void add(const Finding& finding, const Place& place) override {
    std::string object = finding.object.namespace_name + "/";
    object += finding.object.name.empty() ? finding.object.generate_name : finding.object.name;
    for (std::size_t i = 0; i < finding.violations.size(); ++i) {
      const policy::Violation& violation = finding.violations[i];
      write_result(policy::limit_rule(violation.limit).name, level_of(violation.outcome), finding.messages[i],
                   place, object);
    }
  }

  void fault(const std::string& message, const Place& place) override {
    write_result(kCannotJudge, "error", message, place, {});
  }

  void finish(const CheckSummary& summary) override {
    json_.break_line();
    json_.end_array();
    json_.array("invocations",
                [&] { json_.object([&] { json_.field("executionSuccessful", summary.faults == 0); }); });
    json_.end_object();
    json_.end_array();
    json_.end_object();
    out_ << json_.take() << '\n';
  }

 private:
  void write_driver() {
    json_.field("name", "secret-hygiene");
    json_.field("version", base::version());
    json_.array("rules", [&] {
      for (const policy::LimitRule& rule : policy::limit_rules()) {
        if (rule.scope != policy::ScopeKind::secret) continue;
        write_rule(rule.name, "A Secret breaks the limit " + std::string(rule.name) + " of a policy.");
      }
      write_rule(kCannotJudge, "Something cannot be judged.");
    });
  }
  void write_rule(std::string_view id, const std::string& description) {
    json_.object([&] {
      json_.field("id", id);
      json_.object("shortDescription", [&] { json_.field("text", description); });
    });
  }

  // `object`: the Secret as namespace/name, if it is known.
  void write_result(std::string_view rule, std::string_view level, std::string_view message,
                    const Place& place, std::string_view object) {
    json_.break_line();
    json_.object([&] {
      json_.field("ruleId", rule);
      json_.field("level", level);
      json_.object("message", [&] { json_.field("text", message); });
      const bool in_file = place.file != "-";
      if (!in_file && object.empty()) return;
      json_.array("locations", [&] {
        json_.object([&] {
          if (in_file) json_.object("physicalLocation", [&] { write_place(place); });
          if (!object.empty()) write_object(object);
        });
      });
    });
    out_ << json_.take();
  }
  void write_place(const Place& place) {
    json_.object("artifactLocation", [&] { json_.field("uri", uri_of(place.file)); });
    if (place.line == 0) return;
    json_.object("region", [&] {
      json_.field("startLine", place.line);
      if (place.column > 0) json_.field("startColumn", place.column);
    });
  }
  void write_object(std::string_view object) {
    json_.array("logicalLocations", [&] {
      json_.object([&] {
        json_.field("fullyQualifiedName", printable(object));
        json_.field("kind", "resource");
      });
    });
  }

  std::ostream& out_;
  json::Writer json_;
};

}  // namespace

std::unique_ptr<CheckReport> make_sarif_report(std::ostream& out) {
  return std::make_unique<SarifReport>(out);
}

}  // namespace hygiene::commands
