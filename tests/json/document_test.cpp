#include "json/document.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

using namespace hygiene;

namespace {

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

// Both ways to parse, which must agree.
Result<void> parse(rapidjson::Document& document, const std::string& text) {
  base::WipingText copy(text);
  rapidjson::Document in_place;
  const auto placed = json::parse_document_in_place(in_place, copy);
  auto parsed = json::parse_document(document, text);
  REQUIRE(placed.has_value() == parsed.has_value());
  REQUIRE(in_place == document);
  if (!parsed) {
    REQUIRE(placed.error().code() == parsed.error().code());
    REQUIRE(placed.error().where().offset == parsed.error().where().offset);
  }
  return parsed;
}

}  // namespace

TEST_CASE("a whole text is parsed, with what escapes stand for") {
  rapidjson::Document document;
  REQUIRE(parse(document, " {\"a\": [1, true, null, \"\\u0041\\n\"], \"b\": {\"c\": \"\xC3\xA9\"}} \n"));
  CHECK(document["a"].Size() == 4);
  CHECK(document["a"][3].GetString() == std::string("A\n"));
  CHECK(document["b"]["c"].GetString() == std::string("\xC3\xA9"));
}

TEST_CASE("a document may nest as deep as the bound and no deeper, whatever it is made of") {
  struct Case {
    std::string open;
    std::string close;
    std::size_t depth_max;
  };
  const Case row =
      GENERATE(Case{"[", "]", json::kDocumentDepthMax}, Case{"{\"a\":", "}", json::kDocumentDepthMax},
               // Each level holds two that are closed again.
               Case{"[[],{},", "]", json::kDocumentDepthMax - 1});
  rapidjson::Document document;
  CHECK(parse(document, nested(row.depth_max, row.open, row.close)));
  const auto deeper = parse(document, nested(row.depth_max + 1, row.open, row.close));
  REQUIRE(deeper.has_error());
  CHECK(deeper.error().code() == Errc::limit);
  CHECK(deeper.error().message() == "nested deeper than 64");
  CHECK(document.IsNull());
}

TEST_CASE("depth is what is open at once, not how much there is") {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "[],{},";
  rapidjson::Document document;
  CHECK(parse(document, text + "1]"));
}

TEST_CASE("what is not one JSON text is refused with its offset, and leaves null") {
  struct Case {
    std::string text;
    Errc code;
    std::size_t offset;
  };
  const Case row =
      GENERATE(Case{"", Errc::syntax, 0}, Case{"hello", Errc::syntax, 0}, Case{"{\"a\":1", Errc::syntax, 6},
               Case{"[1,]", Errc::syntax, 3}, Case{"{} {}", Errc::syntax, 3},
               Case{std::string("{}\0{}", 5), Errc::syntax, 2}, Case{"[\"\xFF\"]", Errc::encoding, 2});
  INFO(row.text);
  rapidjson::Document document;
  document.SetObject();
  const auto parsed = parse(document, row.text);
  REQUIRE(parsed.has_error());
  CHECK(parsed.error().code() == row.code);
  CHECK(parsed.error().where().offset == row.offset);
  CHECK(document.IsNull());
}

TEST_CASE("a value is found by the names that lead to it, and only where it has the type that is asked for") {
  rapidjson::Document document;
  REQUIRE(json::parse_document(
      document, R"({"a":{"b/c":{"text":"x\u0000y","number":4294967295,"truth":false,"null":null}},)"
                R"("array":[{"n":1},{"n":2}],"large":4294967296,"twice":1,"twice":2})"));
  using namespace std::string_view_literals;
  CHECK(json::text_at(document, {"a", "b/c", "text"}) == "x\0y"sv);
  CHECK(json::number_at(document, {"a", "b/c", "number"}) == 4294967295U);
  CHECK(json::truth_at(document, {"a", "b/c", "truth"}) == false);
  REQUIRE(json::find(document, {"a", "b/c", "null"}) != nullptr);
  CHECK(json::find(document, {"a", "b/c", "null"})->IsNull());
  CHECK(json::find(document, {}) == &document);
  CHECK(json::object_at(document, {"a", "b/c"}) == &document["a"]["b/c"]);
  REQUIRE(json::elements_at(document, {"array"}).size() == 2);
  CHECK(json::number_at(json::elements_at(document, {"array"})[1], {"n"}) == 2U);
  CHECK(json::number_at(document, {"twice"}) == 1U);
  const auto is_nothing = [&document](json::Path path) {
    return json::find(document, path) == nullptr && json::text_at(document, path).empty();
  };
  CHECK(is_nothing({"none"}));
  CHECK(is_nothing({"a", "none"}));
  CHECK(is_nothing({"array", "n"}));
  CHECK(is_nothing({"a", "b/c", "text", "x"}));
  CHECK(json::object_at(document, {"array"}) == nullptr);
  CHECK(json::text_at(document, {"a"}).empty());
  CHECK(json::elements_at(document, {"a"}).empty());
  CHECK_FALSE(json::truth_at(document, {"large"}).has_value());
  CHECK_FALSE(json::number_at(document, {"large"}).has_value());
  CHECK_FALSE(json::number_at(document, {"array"}).has_value());
}
