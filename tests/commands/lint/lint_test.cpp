#include "commands/lint/lint.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "support/source_dir.hpp"

namespace fs = std::filesystem;
using hygiene::commands::LintOptions;
using hygiene::commands::run_lint;

namespace {

struct Printed {
  int code;
  std::string out;
  std::string err;
};

Printed lint(const LintOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_lint(options, out, err);
  return {code, out.str(), err.str()};
}

std::string shipped(const std::string& name) {
  return hygiene::test::source_dir() + "/policies/" + name;
}

class PolicyFile {
 public:
  explicit PolicyFile(const std::string& text) {
    std::string pattern = (fs::temp_directory_path() / "lint-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    std::ofstream(path()) << text;
  }
  ~PolicyFile() { fs::remove_all(directory_); }
  PolicyFile(const PolicyFile&) = delete;
  PolicyFile& operator=(const PolicyFile&) = delete;
  std::string path() const { return (directory_ / "p.yaml").string(); }

 private:
  fs::path directory_;
};

const std::string kHead = "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: p}\n";

}  // namespace

TEST_CASE("lint takes each path as a set of its own and sums each up on one line") {
  const auto printed =
      lint({{shipped("default"), shipped("strict"), shipped("default/oversized.yaml")}, false});
  CHECK(printed.code == 0);
  CHECK(printed.err.empty());
  CHECK(printed.out == shipped("default") + ": 3 policies in 3 files: no errors\n" + shipped("strict") +
                           ": 4 policies in 4 files: no errors\n" + shipped("default/oversized.yaml") +
                           ": 1 policy in 1 file: no errors\n");
}

TEST_CASE("lint prints every error with its place and exits 1, whatever the other paths are") {
  const PolicyFile file(kHead + "spec: {labls: {a: b}, mode: No}\n");
  const auto printed = lint({{file.path(), shipped("default")}, false});
  CHECK(printed.code == 1);
  CHECK_THAT(printed.err,
             Catch::Contains(file.path() + ":4:8: spec.labls: unknown field; did you mean labels?"));
  CHECK_THAT(printed.err, Catch::Contains(file.path() + ":4:29: spec.mode: must be text, is a boolean"));
  CHECK_THAT(printed.err, Catch::EndsWith(file.path() + ": 3 errors\n"));
  CHECK(printed.out == shipped("default") + ": 3 policies in 3 files: no errors\n");
}

TEST_CASE("lint marks warnings as such and still exits 0") {
  const PolicyFile file(
      kHead + "spec: {labels: {a: b}}\n---\napiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\n" +
      "metadata: {name: q}\nspec: {labels: {a: c}}\n");
  const auto printed = lint({{file.path()}, false});
  CHECK(printed.code == 0);
  CHECK_THAT(printed.err, Catch::StartsWith(file.path() + ":8:18: spec.labels.a: warning: policies \"p\""));
}

TEST_CASE("lint warns of what it passes over and counts only the files that it read") {
  const PolicyFile file(kHead + "spec: {labels: {a: b}}\n");
  const fs::path directory = fs::path(file.path()).parent_path();
  std::ofstream(directory / "LIMITS.YAML") << "x";
  fs::create_directory(directory / "more");
  const auto printed = lint({{directory.string()}, false});
  CHECK(printed.code == 0);
  CHECK(printed.err == (directory / "LIMITS.YAML").string() +
                           ": warning: skipped: only *.yaml and *.yml are read, in lower case\n" +
                           (directory / "more").string() +
                           ": warning: skipped: a directory: nothing in it is read\n");
  CHECK(printed.out == directory.string() + ": 1 policy in 1 file: no errors\n");
}

TEST_CASE("lint names a path that cannot be read, and asks for one where none is given") {
  const auto absent = lint({{"/nowhere/at/all"}, false});
  CHECK(absent.code == 2);
  CHECK_THAT(absent.err, Catch::StartsWith("/nowhere/at/all: "));
  const auto none = lint({{}, false});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Catch::Contains("name at least one"));
}

TEST_CASE("lint --schema prints the schema as it is shipped") {
  std::ifstream stream(shipped("schema.json"));
  std::ostringstream text;
  text << stream.rdbuf();
  const auto printed = lint({{}, true});
  CHECK(printed.code == 0);
  CHECK(printed.out == text.str());
}

TEST_CASE("lint warns of an exception that has ended or ends soon, by its clock, and exits 0") {
  const PolicyFile file(
      "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: p}\nspec:\n  mode: "
      "Enforce\n"
      "  limits: {keysPerSecret: 9}\n"
      "  exceptions: [{names: [a], namespaces: [b], until: 2027-01-31, reason: r}]\n");
  LintOptions options;
  options.paths = {file.path()};
  const std::chrono::sys_seconds end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
  const auto said = [&](std::chrono::sys_seconds now) {
    options.now = now;
    const Printed printed = lint(options);
    CHECK(printed.code == 0);
    return printed.err;
  };
  CHECK(said(end - std::chrono::days(15)).empty());
  CHECK_THAT(said(end - std::chrono::days(14)),
             Catch::Contains("warning: the exception of policy \"p\" for a in b "
                             "ends on 2027-01-31\n"));
  CHECK_THAT(said(end), Catch::Contains("ended on 2027-01-31: remove it\n"));
}
