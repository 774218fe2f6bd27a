#include "html/parts.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "html/page.hpp"

using namespace hygiene;

namespace {

std::string filled(std::string_view page) {
  std::ostringstream out;
  html::fill_page(page, out,
                  {{"one", [&out] { out << "[one]"; }},
                   {"two", [&out] { out << "[two]"; }},
                   {"open", [&out] { out << "[open]"; }}});
  return out.str();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("slots of a page are filled, and its other text stays") {
  CHECK(filled("a{{one}}b{{two}}") == "a[one]b[two]");
  CHECK(filled("{{one}}") == "[one]");
  CHECK(filled("a } b { c").find('[') == std::string::npos);
  CHECK(filled("a{{open") == "a[open]");
  CHECK(filled("a{{other}}b") == "ab");
}

TEST_CASE("a style or script is named by the hash that a browser computes") {
  // printf 'a{}' | openssl dgst -sha256 -binary | base64
  CHECK(html::source_of("a{}") == "'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='");
}

TEST_CASE("numbers are grouped, shares have one decimal, and a bar is never wider than its place") {
  CHECK(html::grouped(0) == "0");
  CHECK(html::grouped(999) == "999");
  CHECK(html::grouped(1000) == "1,000");
  CHECK(html::grouped(1234567) == "1,234,567");
  CHECK(html::percent(0.98765) == "98.8 %");
  CHECK(html::percent(1800 / 20.0) == "9000.0 %");
  CHECK(html::share_of(1, 0) == 0);
  CHECK(html::look_of(89, 100) == html::Look::plain);
  CHECK(html::look_of(90, 100) == html::Look::near);
  CHECK(html::look_of(100, 100) == html::Look::near);
  CHECK(html::look_of(101, 100) == html::Look::over);
  std::ostringstream out;
  html::Markup markup(out);
  html::write_bars(markup, {{"a", "b", 90.0}});
  CHECK(contains(out.str(), "width=\"100.0%\""));
  CHECK_FALSE(contains(out.str(), "9000"));
}
