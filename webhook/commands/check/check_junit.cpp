#include "commands/check/check_junit.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include <boost/algorithm/string/join.hpp>

#include "commands/cli/junit.hpp"

namespace hygiene::commands {
namespace {

class JunitReport final : public CheckReport {
 public:
  explicit JunitReport(std::ostream& out) : out_(out) {}

  void add(const Finding& finding, const Place& place) override {
    std::string name = finding.object.namespace_name + "/" + finding.object.name;
    if (finding.object.name.empty()) name += finding.object.generate_name + "*";
    junit_.add(place.file, std::move(name), place.line, [&](html::Markup& xml) {
      const std::string text = boost::join(finding.messages, " ");
      if (finding.decision == admission::Decision::denied) {
        xml.single("failure", {{"message", text}, {"type", "denied"}});
      } else if (!text.empty()) {
        xml.element("system-out", {}, text);
      }
    });
  }

  void unfinished(Unfinished why, const Place& place) override {
    junit_.add(place.file, "a Secret", place.line, [&](html::Markup& xml) {
      xml.single("skipped", {{"message", to_string(why)}});
    });
  }

  void fault(const std::string& message, const Place& place) override {
    junit_.add(place.file, "can be judged", place.line, [&](html::Markup& xml) {
      xml.single("error", {{"message", message}, {"type", "cannot judge"}});
    });
  }

  void finish(const CheckSummary& summary) override {
    const std::size_t skipped = summary.encrypted + summary.placeholders;
    junit_.finish(out_, "secret-hygiene check",
                  {.tests = summary.secrets + skipped + summary.faults,
                   .failures = summary.denied,
                   .errors = summary.faults,
                   .skipped = skipped});
  }

 private:
  std::ostream& out_;
  Junit junit_;
};

}  // namespace

std::unique_ptr<CheckReport> make_junit_report(std::ostream& out) {
  return std::make_unique<JunitReport>(out);
}

}  // namespace hygiene::commands
