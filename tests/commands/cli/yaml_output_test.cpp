// A report as YAML says what it says as JSON.
#include "commands/cli/yaml_output.hpp"

#include <sstream>

#include <catch2/catch.hpp>

using namespace hygiene::commands;

namespace {

std::string written(Output output, const std::string& json) {
  std::ostringstream out;
  write_document(output, out, [&json](std::ostream& to) { to << json; });
  return out.str();
}

}  // namespace

TEST_CASE("a report is written as it is, or as YAML that says the same") {
  CHECK(written(Output::json, R"({"kind":"List"})") == R"({"kind":"List"})");
  CHECK(written(Output::yaml, R"({"kind":"List"})") == "kind: List\n");
}
