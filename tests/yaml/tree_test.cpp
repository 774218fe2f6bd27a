#include "yaml/tree.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace hygiene;
using namespace hygiene::yaml;
using Kind = Node::Kind;

TEST_CASE("A YAML file becomes a tree whose keys and values know their places") {
  const auto file =
      parse("# first\na: 1\nb:\n  - \"x\"\n  - {c: y, d: }\n---\n---\n# only a comment\n---\nlast\n");
  REQUIRE(file.errors.empty());
  REQUIRE(file.documents.size() == 2);  // the empty ones are left out
  const auto& root = file.documents[0];
  REQUIRE(root.kind == Kind::mapping);
  const auto* a = root.find_entry("a");
  REQUIRE(a != nullptr);
  CHECK(a->where.line == 2);
  CHECK(a->where.column == 1);
  CHECK(a->value.text == "1");
  CHECK(a->value.where.column == 4);
  const auto* b = root.find("b");
  REQUIRE(b->kind == Kind::sequence);
  CHECK(b->items[0].kind == Kind::string);
  CHECK(b->items[0].where.line == 4);
  CHECK(b->items[1].find("c")->where.line == 5);
  CHECK(b->items[1].find("d")->kind == Kind::null);
  CHECK(b->items[1].find("d")->where.column == 12);  // nothing stands where its key stands
  CHECK(root.find("absent") == nullptr);
  CHECK(file.documents[1].text == "last");
}

TEST_CASE("A scalar without quotes that other tools take for a number or a boolean is no text") {
  const auto file =
      parse("[a, 1, 1.5, 1e6, 0x1f, true, yes, off, \"1\", 'yes', !!str 5, 90%, 64Ki, 2026-01-01]");
  REQUIRE(file.errors.empty());
  std::string types;
  for (const auto& item : file.documents[0].items) {
    REQUIRE(item.is_scalar());
    types += item.kind == Kind::string ? 's' : item.kind == Kind::number ? 'n' : 'b';
  }
  CHECK(types == "snnnnbbbssssss");
}

TEST_CASE("A key is what is written, whatever it means as a value") {
  const auto file = parse("y: 1\nNo: 2\n5: 3\n");
  REQUIRE(file.errors.empty());
  for (const char* key : {"y", "No", "5"}) CHECK(file.documents[0].find(key) != nullptr);
}

TEST_CASE("YAML that means more than it shows is refused with its place") {
  struct Case {
    std::string text;
    std::size_t line;
    std::size_t column;
    std::string message;
  };
  const std::vector<Case> cases{
      {"a: 1\nb: &x 1\n", 2, 4, "anchors"},
      {"a: &x [1]\nb: *x\n", 1, 4, "anchors"},
      {"a: 1\nb: 2\na: 3\n", 3, 1, "the key a is given twice; first on line 1"},
      {"a:\n  x: 1\n  \"x\": 2\n", 3, 3, "the key x is given twice; first on line 2"},
      {"a: !secret x\n", 1, 4, "tag"},
      {"a: !!binary aGk=\n", 1, 4, "tag"},
      {"a: !!seq x\n", 1, 4, "tag"},
      {"a: !!int 1\n", 1, 4, "tag"},
      {"a: 1\n<<: {b: 2}\n", 2, 1, "merge keys"},
      {"# \xC3\x28\n", 1, 3, "not UTF-8"},
      {"a: 'b\n", 0, 0, "not YAML"},
      {"? [a]\n: 1\n", 1, 3, "it must be a string"},
      {"{a: {[b]: c}}\n", 1, 6, "it must be a string"},
      {"a: [1\nb: 2\n", 0, 0, "not YAML"},
      {"a:\n\t- b\n", 0, 0, "not YAML"},
      {"a: b: c\n", 1, 5, "not YAML"},
      {"a: x\nb: \xC3\x28\n", 2, 4, "not UTF-8"},
      {"a: x\nb: y\x04z\n", 2, 5, "a byte that is not allowed in YAML"},
      {std::string("a: \0x", 5), 1, 4, "a byte that is not allowed in YAML"},
  };
  for (const auto& [text, line, column, message] : cases) {
    INFO(text);
    const auto file = parse(text);
    REQUIRE(file.errors.size() == 1);
    INFO(file.errors[0].message());
    CHECK_THAT(file.errors[0].message(), Catch::Contains(message));
    if (line > 0) {
      CHECK(file.errors[0].where().line == line);
      CHECK(file.errors[0].where().column == column);
    }
  }
}

TEST_CASE("An alias bomb is refused at its first anchor") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto earlier = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + earlier + "," + earlier + "," +
            earlier + "]\n";
  }
  const auto file = parse(bomb);
  REQUIRE(file.errors.size() == 1);
  CHECK(file.errors[0].where().line == 1);
  CHECK(file.documents.empty());
}

TEST_CASE("Where aliases are replaced their copies count, and a bomb of them is refused") {
  const auto file = parse("a: &x {b: [1, &y 2]}\nc: *x\nd: *y\n", Aliases::replaced);
  REQUIRE(file.errors.empty());
  const Node& root = file.documents.at(0);
  REQUIRE(root.find("c") != nullptr);
  CHECK(root.find("c")->find("b")->items.at(1).text == "2");
  CHECK(root.find("d")->text == "2");
  CHECK(root.find("c")->find("b")->items.at(1).where.line == 2);  // a copy stands where its alias stands

  const auto merged = parse("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", Aliases::replaced);
  REQUIRE(merged.errors.empty());
  CHECK(merged.documents.at(0).find("c")->find("b")->text == "1");
  CHECK(merged.documents.at(0).find("c")->find("d")->text == "2");

  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto earlier = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + earlier + "," + earlier + "," +
            earlier + "," + earlier + "," + earlier + "]\n";
  }
  const auto refused = parse(bomb, Aliases::replaced);
  REQUIRE(refused.errors.size() == 1);
  CHECK_THAT(refused.errors[0].message(), Catch::Contains("too many values"));
  CHECK(parse("a: &x [*x]\n", Aliases::replaced).errors.size() == 1);
}

TEST_CASE("Nesting and number of values are bounded on both sides") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parse(nested(kDepthMax)).errors.empty());
  const auto deep = parse(nested(kDepthMax + 1));
  REQUIRE(deep.errors.size() == 1);
  CHECK(deep.errors[0].code() == Errc::limit);
  CHECK(deep.errors[0].where().column == kDepthMax + 1);
  CHECK(parse(nested(100'000)).errors.size() == 1);

  const auto wide = [](std::size_t items) {
    std::string text = "[a";
    for (std::size_t i = 1; i < items; ++i) text += ",a";
    return text + "]";
  };
  // The document and the list count too.
  CHECK(parse(wide(kNodesMax - 2)).errors.empty());
  CHECK(parse(wide(kNodesMax - 1)).errors.size() == 1);
}

TEST_CASE("Errors that let reading go on are all listed, up to a bound") {
  CHECK(parse("a: 1\na: 2\nb: !x 1\nc: 1\nc: 2\n").errors.size() == 3);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a: 1\n";
  CHECK(parse(many).errors.size() == kErrorsMax);
}

TEST_CASE("What was read before an error is kept") {
  const auto file = parse("a: 1\n---\nb: [\n");
  CHECK(file.documents.size() == 1);
  CHECK(file.errors.size() == 1);
}
