#include "base/utf8.hpp"

#include <catch2/catch.hpp>

using hygiene::base::is_utf8;
using hygiene::base::to_utf8;
using hygiene::base::truncate_utf8;

TEST_CASE("Text is cut between characters and the cut is shown") {
  CHECK(truncate_utf8("abcdef", 6) == "abcdef");
  CHECK(truncate_utf8("abcdefg", 6) == "abc…");
  CHECK(truncate_utf8("aéb", 4) == "aéb");
  CHECK(truncate_utf8("éééé", 7) == "éé…");
  CHECK(truncate_utf8("éééé", 6) == "é…");  // 3 bytes would cut the second é in half
  CHECK(truncate_utf8("😀😀", 7) == "😀…");
  CHECK(truncate_utf8("😀😀", 6) == "…");
  CHECK(truncate_utf8("abcd", 3) == "…");
  CHECK(truncate_utf8("abcd", 2).empty());
  CHECK(truncate_utf8("", 0).empty());
}

TEST_CASE("Well-formed UTF-8 is told from what only looks like it") {
  for (const auto* text : {"", "plain", "é", "€", "😀", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    INFO(text);
    CHECK(is_utf8(text));
  }
  for (const auto* text :
       {"\x80", "\xC3", "\xC3(", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x9F\x98",
        "\xE2\x28\xA1", "\xE2\x82\x28", "\xFF", "a\xFE"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("What is not UTF-8 is replaced byte by byte, and nothing else") {
  CHECK(to_utf8("") == "");
  CHECK(to_utf8("h\xC3\xA9 \xF0\x9F\x98\x80") == "h\xC3\xA9 \xF0\x9F\x98\x80");
  CHECK(to_utf8("a\xFF") == "a\xEF\xBF\xBD");
  CHECK(to_utf8("\xC3\xA9\xE2\x82") == "\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(to_utf8("\xC0\x80!") == "\xEF\xBF\xBD\xEF\xBF\xBD!");
}
