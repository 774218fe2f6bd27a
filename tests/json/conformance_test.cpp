// What RFC 8259 takes, what it refuses, and what it leaves to a reader: a row for each rule that readers of
// JSON are known to get wrong (the categories are those of nst/JSONTestSuite), held by both readers.
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include "json/document.hpp"
#include "json/push_reader.hpp"
#include "transcript.hpp"

namespace hygiene::json {

using namespace std::string_view_literals;
using std::string_view;

namespace {

bool pushed(string_view text, std::size_t part_size) {
  test::Transcript transcript;
  PushReader reader(transcript);
  for (std::size_t at = 0; at < text.size(); at += part_size) {
    const string_view part = text.substr(at, part_size);
    const auto used = reader.feed(part);
    if (!used || *used < part.size()) return false;
  }
  return reader.finish().has_value();
}

// Whether the push reader takes the text, whole and byte by byte.
bool taken_by_push_reader(string_view text) {
  const bool whole = pushed(text, text.size() + 1);
  CHECK(pushed(text, 1) == whole);
  return whole;
}

// Whether the tree takes the text, copied and in place.
bool taken_by_document(string_view text) {
  rapidjson::Document document;
  const bool taken = parse_document(document, text).has_value();
  base::WipingText copy(text);
  rapidjson::Document in_place;
  CHECK(parse_document_in_place(in_place, copy).has_value() == taken);
  return taken;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("what RFC 8259 takes is taken") {
  const string_view texts[] = {
      // Any value is a text, with white space around it.
      "false"sv, "true"sv, "null"sv, "42"sv, "-0.1"sv, "\"asd\""sv, "\"\""sv, "\" \""sv, " [] "sv, "[1\n]"sv,
      "\t\r\n {\t\r\n }\n"sv,
      // Arrays.
      "[]"sv, "[[]   ]"sv, "[\"\"]"sv, "[null, 1, \"1\", {}]"sv, "[1,null,null,null,2]"sv, " [1]"sv, "[2] "sv,
      // Numbers.
      "[0]"sv, "[-0]"sv, "[123]"sv, "[ 4]"sv, "[-1]"sv, "[-123]"sv, "[123.456789]"sv, "[0e1]"sv, "[0e+1]"sv,
      "[0.0e-0]"sv, "[20e1]"sv, "[1E22]"sv, "[1E-2]"sv, "[1E+2]"sv, "[1e-2]"sv, "[1e+2]"sv, "[123e45]"sv,
      "[123.456e78]"sv, "[123e65]"sv, "[-0.00000000000000000000000000000000000000000000000000001]"sv,
      R"({"min": -1.0e+28, "max": 1.0e+28})"sv,
      // Objects.
      "{}"sv, R"({"a":[]})"sv, R"({"":0})"sv, R"({"a":"b","c":"d"})"sv, R"({"foo\u0000bar": 42})"sv,
      "{\n\"a\": \"b\"\n}"sv, R"({"title":"\u041f\u043e\u043b"})"sv,
      // Escapes.
      R"(["\"\\\/\b\f\n\r\t"])"sv, R"(["\\u0000"])"sv, R"(["\\a"])"sv, R"(["\\n"])"sv, R"(["\u0012"])"sv,
      R"(["\u0000"])"sv, R"(["\u002c"])"sv, R"(["\u0123"])"sv, R"(["\u0821"])"sv, R"(["\u0061\u30af"])"sv,
      R"(["\uFFFF"])"sv, R"(["\uFFFE"])"sv, R"(["\uFDD0"])"sv, R"(["\u00A0\u2064\u200B"])"sv,
      R"(["\uD801\udc37"])"sv, R"(["\ud83d\ude39\ud83d\udc8d"])"sv, R"(["\uDBFF\uDFFF"])"sv,
      R"(["\uDBFF\uDFFE\uD83F\uDFFE"])"sv,
      // Characters as they are: all from U+0020 on, but the quote and the backslash.
      "[\"a/*b*/c/*d//e\"]"sv, "[\"\x7f\"]"sv, "[\"\xCF\x80\"]"sv, "[\"\xE2\x80\xA8\xE2\x80\xA9\"]"sv,
      "[\"\xEF\xBF\xBF\"]"sv, "[\"\xF0\x9B\xBF\xBF\"]"sv, "[\"\xF4\x8F\xBF\xBF\"]"sv, "[\"\xEF\xBB\xBF\"]"sv,
      "[\"\xC2\x85\"]"sv};
  for (const string_view text : texts) {
    INFO(text);
    CHECK(taken_by_push_reader(text));
    CHECK(taken_by_document(text));
  }
}

TEST_CASE("what RFC 8259 refuses is refused") {
  const string_view texts[] = {
      // No text, or more than one.
      ""sv, " "sv, "\0"sv, "1]"sv, "[1]x"sv, "[1]]"sv, "[][]"sv, "{}}"sv, "]"sv, "2@"sv, "123\0"sv, "*"sv,
      "<.>"sv, "abc"sv, "\"\"x"sv, "[\"\"],"sv, R"({"a": true} "x")"sv, "{\"a\":\"b\"}#"sv,
      "{\"a\":\"b\"}#{}"sv, "\xE5"sv, "a\xC3\xA5"sv, "\xC3\xA5"sv, "\xEF\xBB"sv, "\xEF\xBB\xBF"sv,
      // White space is four characters, and no comment.
      "[\f]"sv, "[\v]"sv, "[\xC2\xA0]"sv, "[\xE2\x81\xA0]"sv, "[\"\va\"\f]"sv, "[\0]"sv, R"([\u000A""])"sv,
      R"({"a":"b"}/**/)"sv, R"({"a":"b"}/**//)"sv, R"({"a":"b"}//)"sv, R"({"a":"b"}/)"sv,
      R"({"a":/*comment*/"b"})"sv, "[1] // one"sv,
      // Arrays.
      "[1 true]"sv, R"(["": 1])"sv, "[,1]"sv, "[1,,2]"sv, "[\"x\",,]"sv, "[\"\",]"sv, "[,]"sv, "[1,]"sv,
      "[3[4]]"sv, "[1:2]"sv, "[   , \"\"]"sv, "[*]"sv, "[x"sv, "[-]"sv, "[True]"sv, "[\"x\", truth]"sv,
      "[<null>]"sv, "[a\xE5]"sv, "[\xFF]"sv,
      // What is cut.
      "["sv, "[1"sv, "[1,"sv, "[,"sv, "[{"sv, "[{}"sv, "[\""sv, "[\"a"sv, "[\"a\""sv, "[\"asd]"sv, "{"sv,
      "{\"a"sv, "{\"a\""sv, "{\"a\":"sv, "{\"a\":\"a"sv, "{\"asd\":\"asd\""sv, "{\"x\": true,"sv, "{\"\":"sv,
      "\""sv, "[\"\\"sv, "[fals]"sv, "[nul]"sv, "[tru]"sv, "[ false, nul"sv, "[ true, fals"sv,
      "[ false, tru"sv, "nul"sv, "-"sv,
      // Numbers.
      "[+1]"sv, "[++1234]"sv, "[+Inf]"sv, "[-01]"sv, "[-012]"sv, "[012]"sv, "[00]"sv, "[- 1]"sv, "[-1.0.]"sv,
      "[-2.]"sv, "[1.]"sv, "[.123]"sv, "[-.123]"sv, "[.-1]"sv, "[.2e-3]"sv, "[0.1.2]"sv, "[0.3e+]"sv,
      "[0.3e]"sv, "[0.e1]"sv, "[2.e+3]"sv, "[9.e+]"sv, "[0E+]"sv, "[0E]"sv, "[0e]"sv, "[1.0e-]"sv, "[1eE2]"sv,
      "[0e+-1]"sv, "[1 000.0]"sv, "[Inf]"sv, "[NaN]"sv, "[-NaN]"sv, "[Infinity]"sv, "[-Infinity]"sv,
      "[-foo]"sv, "[1+2]"sv, "[0x1]"sv, "[-1x]"sv, "[1ea]"sv, "[1.2a-3]"sv, "[1.8011670033376514H-308]"sv,
      "[\xEF\xBC\x91]"sv, "[1e\xE5]"sv, "[0\xE5]"sv,
      // Objects.
      R"({[: "x"})"sv, R"({"x", null})"sv, R"({"x"::"b"})"sv, R"({"a":"a" 123})"sv, "{key: 'value'}"sv,
      R"({"a" b})"sv, R"({:"b"})"sv, R"({"a" "b"})"sv, "{1:1}"sv, "{9999E9999:1}"sv, "{null:null}"sv,
      R"({"id":0,,,,,})"sv, R"({"id":0,})"sv, "{'a':0}"sv, R"({"a":"b",,"c":"d"})"sv, R"({a: "b"})"sv,
      R"({ "foo" : "bar", "a" })"sv, "{]"sv, "{,"sv, "{["sv, "{'a'"sv, "{\xF0\x9F\x87\xA8\xF0\x9F\x87\xAD}"sv,
      "{\"\xB9\":\"0\",}"sv,
      // Strings.
      "['single quote']"sv, "['"sv, R"(["\x00"])"sv, R"(["\\\"])"sv, "[\"\\\t\"]"sv,
      "[\"\\\xF0\x9F\x8C\x80\"]"sv, R"(["\"])"sv, R"(["\u00A"])"sv, R"(["\uD834\uDd"])"sv, R"(["\uD800\"])"sv,
      R"(["\uD800\u"])"sv, R"(["\uD800\u1"])"sv, R"(["\uD800\u1x"])"sv, R"(["\uD800\uD800\x"])"sv,
      R"(["\a"])"sv, R"(["\uqqqq"])"sv, R"("\UA66D")"sv, "[\"\\u\xE5\"]"sv, "[\"\\\xE5\"]"sv,
      R"([\u0020"asd"])"sv, R"([\n])"sv, "[\xC3\xA9]"sv, "[\"a\0a\"]"sv, "[\"new\nline\"]"sv, "[\"\t\"]"sv,
      "[\"\x1f\"]"sv, R"(["\{["\{["\{["\{)"sv};
  for (const string_view text : texts) {
    INFO(text);
    CHECK_FALSE(taken_by_push_reader(text));
    CHECK_FALSE(taken_by_document(text));
  }
}

TEST_CASE("where RFC 8259 leaves the choice, it is made on purpose") {
  struct Case {
    const char* why;
    std::string text;
    bool push_reader;
    bool document;
  };
  const std::string utf16("\xFF\xFE[\0]\0", 6);
  const Case cases[] = {
      {"numbers are of any size: the push reader hands out no digits", "[100000000000000000000]", true, true},
      {"", "[-237462374673276894279832749832423479823246327846]", true, true},
      {"", "[123.456e-789]", true, true},
      {"", "[123e-10000000]", true, true},
      {"a number beyond a double: no API server sends one, and the tree has no place for it", "[1.5e+9999]",
       true, false},
      {"", "[-1e+9999]", true, false},
      {"an exponent beyond 32 bits", "[0.4e00669999999999999999]", false, false},
      {"UTF-8 alone (RFC 8259, section 8.1)", "[\"\xFF\"]", false, false},
      {"", "[\"\xE9\"]", false, false},
      {"", "[\"\x81\"]", false, false},
      {"", "[\"\xE0\xFF\"]", false, false},
      {"", "[\"\xE6\x97\xA5\xD1\x88\xFA\"]", false, false},
      {"beyond U+10FFFF", "[\"\xF4\xBF\xBF\xBF\"]", false, false},
      {"overlong", "[\"\xC0\xAF\"]", false, false},
      {"overlong", "[\"\xFC\x83\xBF\xBF\xBF\xBF\"]", false, false},
      {"overlong", "[\"\xFC\x80\x80\x80\x80\x80\"]", false, false},
      {"a surrogate in UTF-8", "[\"\xED\xA0\x80\"]", false, false},
      {"UTF-16", utf16, false, false},
      {"UTF-16", utf16.substr(2), false, false},
      {"a byte order mark: no API server writes one, and check takes it off before", "\xEF\xBB\xBF{}", false,
       false},
      {"half a surrogate pair is no character", R"(["\uDADA"])", false, false},
      {"", R"(["\uD888\u1234"])", false, false},
      {"", R"(["\uD800\n"])", false, false},
      {"", R"(["\uDd1ea"])", false, false},
      {"", R"(["\uD800\uD800\n"])", false, false},
      {"", R"(["\ud800"])", false, false},
      {"", R"(["\ud800abc"])", false, false},
      {"", R"(["\uDd1e\uD834"])", false, false},
      {"", R"(["\uDFAA"])", false, false},
      {"", R"({"\uDFAA":0})", false, false},
      {"names should be unique: which of two values counts would be a guess. What the tree is made of comes "
       "from encoders that write none twice, and it finds the first",
       R"({"a":"b","a":"c"})", false, true},
      {"", R"({"a":"b","a":"b"})", false, true},
      {"depth is bounded: objects of Kubernetes nest about ten deep", nested(64), true, true},
      {"", nested(65), false, false},
      {"", nested(500), false, false},
      {"", std::string(100'000, '['), false, false},
  };
  const char* why = "";
  for (const Case& row : cases) {
    if (*row.why != '\0') why = row.why;
    INFO(why << ": " << row.text.substr(0, 100));
    CHECK(taken_by_push_reader(row.text) == row.push_reader);
    CHECK(taken_by_document(row.text) == row.document);
  }
}

}  // namespace hygiene::json
