#include "html/markup.hpp"

#include <sstream>
#include <string>

#include <catch2/catch.hpp>

using hygiene::html::Markup;
using namespace std::string_view_literals;

namespace {

std::string text_of(std::string_view text) {
  std::ostringstream out;
  Markup(out).text(text);
  return out.str();
}

}  // namespace

TEST_CASE("elements nest and are closed") {
  std::ostringstream out;
  Markup html(out);
  html.element("p", {{"class", "a"}, {"id", "b"}}, [&] {
    html.text("one ");
    html.element("b", {}, "two");
    html.single("br", {});
  });
  CHECK(out.str() == "<p class=\"a\" id=\"b\">one <b>two</b><br/></p>");
}

TEST_CASE("no text and no attribute adds markup") {
  CHECK(text_of("</td><script>alert('1')</script>&amp;") ==
        "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;");
  std::ostringstream out;
  Markup(out).single("rect", {{"class", "a\" onload=\"b' <c>&"}});
  CHECK(out.str() == "<rect class=\"a&quot; onload=&quot;b&#39; &lt;c&gt;&amp;\"/>");
}

TEST_CASE("control characters and what is not UTF-8 are replaced") {
  CHECK(text_of("a\nb\tc\rd") == "a b c d");
  CHECK(text_of("a\0b\x1B[31m\x7F"sv) ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD[31m\xEF\xBF\xBD");
  CHECK(text_of("\xEF\xBF\xBE|\xEF\xBF\xBF|\xEF\xBF\xBD|\xEF\xBE\xBF") ==
        "\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBE\xBF");
  CHECK(text_of("\xC2\x80|\xC2\x9F|\xC2\xA0") == "\xEF\xBF\xBD|\xEF\xBF\xBD|\xC2\xA0");
  CHECK(text_of("h\xC3\xA9 \xFF \xC3") == "h\xC3\xA9 \xEF\xBF\xBD \xEF\xBF\xBD");
}
