#include "housekeeping/export/cel_text.hpp"

#include <catch2/catch.hpp>

namespace hygiene::housekeeping {
namespace {

std::string condition(std::initializer_list<const char*> patterns) {
  std::vector<base::Glob> globs;
  for (const char* pattern : patterns) globs.push_back(base::Glob::parse(pattern).value());
  return matches_any_glob(globs, "x");
}

TEST_CASE("a literal of CEL holds quotes, backslashes and control characters escaped") {
  CHECK(cel_string("plain é") == "'plain é'");
  CHECK(cel_string(R"(don't \d)") == R"('don\'t \\d')");
  CHECK(cel_string("a\nb\x7f") == R"('a\x0ab\x7f')");
  CHECK(cel_list({}) == "[]");
  CHECK(cel_list({"a", "b"}) == "['a', 'b']");
}

TEST_CASE("terms are joined in brackets, one term stands alone, and none has the neutral value") {
  CHECK(any_of({}) == "false");
  CHECK(all_of({}) == "true");
  CHECK(any_of({"a"}) == "a");
  CHECK(any_of({"a", "b"}) == "(a || b)");
  CHECK(all_of({"a", "b"}) == "(a && b)");
}

TEST_CASE("globs become the cheapest condition that says the same") {
  CHECK(condition({"a"}) == "x in ['a']");
  CHECK(condition({"a", "b.c"}) == "x in ['a', 'b.c']");
  CHECK(condition({"*"}) == "true");
  CHECK(condition({"team-**"}) == "x.startsWith('team-')");
  CHECK(condition({"*.v?"}) == R"((size(x) <= 1024 && x.matches('(?s)^.*\\.v.$')))");
  CHECK(condition({"a(b|c)+d^$*e"}) ==
        R"((size(x) <= 1024 && x.matches('(?s)^a\\(b\\|c\\)\\+d\\^\\$.*e$')))");
  CHECK(condition({"p*", "a"}) == "(x in ['a'] || x.startsWith('p'))");
}

TEST_CASE("only the variables that are used are kept, in order") {
  const std::vector<CelVariable> all{
      {"a", "1"}, {"ab", "2"}, {"b", "variables.a + 1"}, {"c", "variables.ab"}};
  const auto names = [&all](const std::string& expression) {
    std::string text;
    for (const CelVariable& each : used_variables(all, {expression})) text += each.name + " ";
    return text;
  };
  CHECK(names("variables.b > 1") == "a b ");
  CHECK(names("variables.ab == 2") == "ab ");
  CHECK(names("variables.c") == "ab c ");
  CHECK(names("true").empty());
}

}  // namespace
}  // namespace hygiene::housekeeping
