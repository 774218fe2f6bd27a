#include "html/columns.hpp"

#include <sstream>

#include <catch2/catch.hpp>

using namespace hygiene;

namespace {

std::string drawn(const html::Columns& chart) {
  std::ostringstream out;
  html::Markup markup(out);
  html::write_columns(markup, chart);
  return out.str();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("the highest column fills the height, and each says when and how many") {
  const std::string svg = drawn({"Label <", 3, {{50, "a"}, {100, "b"}, {1234, "c & d"}}, html::Look::over});
  CHECK(contains(svg, "viewBox=\"0 0 12 100\""));
  CHECK(contains(svg, "aria-label=\"Label &lt;\""));
  CHECK(contains(svg, "<rect class=\"over\" x=\"0\" y=\"96\" width=\"3\" height=\"4\"><title>a: 50</title>"));
  CHECK(contains(svg, "x=\"8\" y=\"0\" width=\"3\" height=\"100\"><title>c &amp; d: 1,234</title>"));
}

TEST_CASE("few columns stand at the right, the smallest can be seen, and none of nothing is drawn") {
  const std::string svg = drawn({"", 10, {{0, "a"}, {1, "b"}, {1'000'000, "c"}}});
  CHECK_FALSE(contains(svg, ">a: "));
  CHECK(contains(svg, "x=\"32\" y=\"97\" width=\"3\" height=\"3\"><title>b: 1<"));
  CHECK(contains(svg, "x=\"36\" y=\"0\""));
  CHECK_FALSE(contains(drawn({"", 10, {{0, "a"}}}), "<rect"));
  CHECK_FALSE(contains(drawn({"", 0, {}}), "<rect"));
}
