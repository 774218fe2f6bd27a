#include "json/writer.hpp"

#include <limits>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "base/utf8.hpp"
#include "json/document.hpp"

using namespace hygiene;

namespace {

constexpr std::string_view kSample =
    R"({"a":{},"b":[],"c":[{},[],[[1],{"d":null}]],"e":{"f":true,"g":"\u0000\t\"\\\u001f/ é"},)"
    R"("n":[0,-1,18446744073709551615,-9223372036854775808,0.5,1e300]})";

rapidjson::Document parse(std::string_view text) {
  rapidjson::Document document;
  REQUIRE(json::parse_document(document, text));
  return document;
}

std::string written(const rapidjson::Value& value, unsigned indent) {
  json::Writer json(indent);
  json.value(value);
  return json.take();
}

// As RapidJSON writes it, the oracle of the layout.
template <class Writer>
std::string expected(const rapidjson::Value& value, unsigned indent) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  if constexpr (!std::is_same_v<Writer, rapidjson::Writer<rapidjson::StringBuffer>>)
    writer.SetIndent(' ', indent);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string quoted(std::string_view text) {
  json::Writer json;
  json.value(text);
  return json.take();
}

}  // namespace

TEST_CASE("a text of one line and an indented one are laid out as RapidJSON lays them out") {
  const rapidjson::Document document = parse(kSample);
  CHECK(written(document, 0) == expected<rapidjson::Writer<rapidjson::StringBuffer>>(document, 0));
  const unsigned indent = GENERATE(1U, 2U);
  CHECK(written(document, indent) ==
        expected<rapidjson::PrettyWriter<rapidjson::StringBuffer>>(document, indent));
}

TEST_CASE("every byte in a string reads back, and what is not UTF-8 as U+FFFD") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("a") + static_cast<char>(byte) + "z";
    INFO(byte);
    const rapidjson::Document read = parse(quoted(text));
    CHECK(std::string(read.GetString(), read.GetStringLength()) == base::to_utf8(text));
  }
  CHECK(quoted("a\"\\\n") == R"("a\"\\\n")");
  CHECK(quoted("") == R"("")");
  CHECK(quoted("\xC3\xA9\xF0\x9F\x98\x80") == "\"\xC3\xA9\xF0\x9F\x98\x80\"");
  CHECK(quoted("\xF0\x9F\x98") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(quoted("\x1F\x7F/") == "\"\\u001F\x7F/\"");
}

TEST_CASE("a member has the type of its value, and its name is escaped too") {
  json::Writer json;
  json.object([&] {
    json.field("a\"", "text");
    json.field("b", true);
    json.field("c", std::numeric_limits<std::uint64_t>::max());
    json.field("d", std::numeric_limits<std::int64_t>::min());
    json.field("e", 422);
    json.field("f", 1.5);
    json.field("nan", std::numeric_limits<double>::quiet_NaN());
    json.field("inf", -std::numeric_limits<double>::infinity());
    json.field("g", std::optional<std::uint64_t>());
    json.field("h", std::optional<std::string>("x"));
    json.key("i");
    json.raw(R"([{"raw":1}])");
    json.key("j");
    json.base64("abcd");
    json.key("k");
    json.null();
  });
  CHECK(json.view() ==
        R"({"a\"":"text","b":true,"c":18446744073709551615,"d":-9223372036854775808,"e":422,"f":1.5,)"
        R"("nan":"nan","inf":"-inf",)"
        R"("g":null,"h":"x","i":[{"raw":1}],"j":"YWJjZA==","k":null})");
}

TEST_CASE("a long document is written bit by bit, with line breaks between its values") {
  json::Writer json;
  json.begin_object();
  json.key("results");
  json.begin_array();
  std::string text = json.take();
  for (int i = 0; i < 2; ++i) {
    json.break_line();
    json.object([&] { json.field("i", i); });
    text += json.take();
  }
  json.end_array();
  json.objects("all", std::vector<int>{3, 4}, [&](int each) { json.field("each", each); });
  json.end_object();
  text += json.take();
  CHECK(text == "{\"results\":[\n{\"i\":0}\n,{\"i\":1}],\"all\":[{\"each\":3},{\"each\":4}]}");
  CHECK(json.view().empty());
}
