#include "commands/cli/junit.hpp"

namespace hygiene::commands {

void Junit::finish(std::ostream& out, std::string_view suite, const JunitCounts& counts) const {
  const std::string tests = std::to_string(counts.tests);
  const std::string failures = std::to_string(counts.failures);
  const std::string errors = std::to_string(counts.errors);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  html::Markup xml(out);
  xml.element("testsuites", {{"tests", tests}, {"failures", failures}, {"errors", errors}}, [&] {
    xml.element("testsuite",
                {{"name", suite},
                 {"tests", tests},
                 {"failures", failures},
                 {"errors", errors},
                 {"skipped", std::to_string(counts.skipped)}},
                [&] {
                  out << body_.view() << '\n';
                  if (left_out_ > 0)
                    xml.element("system-out", {}, std::to_string(left_out_) + " more, which -o json lists");
                });
  });
  out << '\n';
}

}  // namespace hygiene::commands
