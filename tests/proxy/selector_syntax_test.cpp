#include "proxy/selector_syntax.hpp"

#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "support/source_dir.hpp"

using namespace hygiene;

namespace {

// Of the table: an underscore at either end is a space.
std::string with_spaces(std::string text) {
  if (text.starts_with('_')) text.front() = ' ';
  if (text.ends_with('_')) text.back() = ' ';
  return text;
}

}  // namespace

TEST_CASE("what an API server takes as a selector of Secrets is taken, and nothing else") {
  std::ifstream table(test::source_dir() + "/tests/proxy/selectors.txt");
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    ++rows;
    INFO(line);
    const bool good = line.substr(6, 4) == "good";
    const std::string text = with_spaces(line.substr(good ? 11 : 10));
    const bool taken = line.starts_with("label ") ? proxy::check_label_selector(text).has_value()
                                                  : proxy::check_field_selector(text).has_value();
    CHECK(taken == good);
  }
  CHECK(rows > 60);
}

TEST_CASE("an empty selector selects everything") {
  for (const char* text : {"", " ", " \t"}) CHECK(proxy::check_label_selector(text).has_value());
  CHECK(proxy::check_field_selector("").has_value());
}

TEST_CASE("the sentence names the place and says what to write") {
  const auto label = proxy::check_label_selector("app in web");
  REQUIRE_FALSE(label.has_value());
  CHECK(label.error().message() ==
        "\"app in web\" is no label selector: at \"web\" there must be values in brackets; one is "
        "!secret-hygiene.io/ignore");
  const auto ended = proxy::check_label_selector("a,");
  REQUIRE_FALSE(ended.has_value());
  CHECK_THAT(ended.error().message(), Catch::Contains("at the end there must be a label key"));
  const auto field = proxy::check_field_selector("type!=a,kind=b");
  REQUIRE_FALSE(field.has_value());
  CHECK_THAT(field.error().message(),
             Catch::StartsWith("\"kind=b\" is no term of a field selector of Secrets: give type"));
}
