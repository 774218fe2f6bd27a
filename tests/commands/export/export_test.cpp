#include "commands/export/export.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "support/source_dir.hpp"

namespace hygiene::commands {
namespace {

struct Printed {
  int code;
  std::string out;
  std::string err;
};

Printed print(const ExportCommandOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_export(options, out, err);
  return {code, out.str(), err.str()};
}

TEST_CASE("export writes the default policies where none are named, and says what it leaves out") {
  const Printed printed = print({});
  CHECK(printed.code == 0);
  CHECK(printed.out.starts_with("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\""));
  CHECK(printed.out.find("warn.size-limits.secret-hygiene.io") != std::string::npos);
  CHECK(printed.err.find("no -p PATH: exported by the built-in default policies") != std::string::npos);
  CHECK(printed.err.find("left out: oversized: the annotation secret-hygiene.io/bytes") != std::string::npos);
}

TEST_CASE("export writes nothing where nothing can be said in CEL, or the policies cannot be read") {
  const Printed counted = print({test::source_dir() + "/policies/examples/team-quota.yaml", {}});
  CHECK(counted.code == 2);
  CHECK(counted.out.empty());
  CHECK(counted.err.find("none of these policies can be exported\n") != std::string::npos);
  const Printed missing = print({"/nowhere", {}});
  CHECK(missing.code == 2);
  CHECK(missing.out.empty());
}

}  // namespace
}  // namespace hygiene::commands
