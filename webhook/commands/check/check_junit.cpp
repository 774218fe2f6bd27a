#include "commands/check/check_junit.hpp"

#include <concepts>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

#include <boost/algorithm/string/join.hpp>

#include "commands/terminal/text_table.hpp"
#include "html/markup.hpp"

namespace hygiene::commands {
namespace {

class JunitReport final : public CheckReport {
 public:
  explicit JunitReport(std::ostream& out) : out_(out) {}

  void add(const Finding& finding, const Place& place) override {
    std::string name = finding.object.namespace_name + "/" + finding.object.name;
    if (finding.object.name.empty()) name += finding.object.generate_name + "*";
    add_case(name, place, [&] {
      const std::string text = boost::join(finding.messages, " ");
      if (finding.decision == admission::Decision::denied) {
        cases_.single("failure", {{"message", text}, {"type", "denied"}});
      } else if (!text.empty()) {
        cases_.element("system-out", {}, text);
      }
    });
  }

  void unfinished(Unfinished why, const Place& place) override {
    add_case("a Secret", place, [&] { cases_.single("skipped", {{"message", to_string(why)}}); });
  }

  void fault(const std::string& message, const Place& place) override {
    add_case("can be judged", place, [&] {
      cases_.single("error", {{"message", message}, {"type", "cannot judge"}});
    });
  }

  void finish(const CheckSummary& summary) override {
    const std::size_t skipped = summary.encrypted + summary.placeholders;
    const std::string tests = std::to_string(summary.secrets + skipped + summary.faults);
    const std::string failures = std::to_string(summary.denied);
    const std::string errors = std::to_string(summary.faults);
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    html::Markup xml(out_);
    xml.element("testsuites", {{"tests", tests}, {"failures", failures}, {"errors", errors}}, [&] {
      xml.element("testsuite",
                  {{"name", "secret-hygiene check"},
                   {"tests", tests},
                   {"failures", failures},
                   {"errors", errors},
                   {"skipped", std::to_string(skipped)}},
                  [&] {
                    out_ << body_.view() << '\n';
                    if (left_out_ > 0)
                      xml.element("system-out", {}, std::to_string(left_out_) + " more, which -o json lists");
                  });
    });
    out_ << '\n';
  }

 private:
  template <std::invocable Inside>
  void add_case(std::string name, const Place& place, Inside inside) {
    if (count_ == TextTable::kRowsMax) {
      ++left_out_;
      return;
    }
    ++count_;
    body_ << '\n';
    if (place.line > 0) name += " (line " + std::to_string(place.line) + ")";
    cases_.element("testcase", {{"classname", place.file}, {"name", name}}, inside);
  }

  std::ostream& out_;
  std::ostringstream body_;
  html::Markup cases_{body_};
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace

std::unique_ptr<CheckReport> make_junit_report(std::ostream& out) {
  return std::make_unique<JunitReport>(out);
}

}  // namespace hygiene::commands
