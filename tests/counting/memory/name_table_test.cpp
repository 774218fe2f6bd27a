// A table of names against an oracle, with names of every length and namespaces that come and go.
#include "counting/memory/name_table.hpp"

#include <map>
#include <random>

#include <catch2/catch.hpp>

namespace hygiene::counting {
namespace {

struct Value : Named {
  int is = 0;
};
using Table = NameTable<Value>;

}  // namespace

TEST_CASE("a table finds each name that it holds, and gives the room of those that went to others") {
  std::mt19937 random(3);
  Table table({1, 2});
  std::map<std::pair<std::string, std::string>, int> oracle;
  for (int step = 0; step < 20'000; ++step) {
    const std::string in = "ns" + std::to_string(random() % 5), name(random() % 60, 'a');
    const auto number = table.find({in, name});
    const auto known = oracle.find({in, name});
    REQUIRE((number != Table::kNone) == (known != oracle.end()));
    if (known == oracle.end()) {
      const auto [added, is_new] = table.find_or_add({in, name});
      REQUIRE(is_new);
      table[added].is = step;
      oracle.emplace(std::pair(in, name), step);
    } else {
      REQUIRE(table[number].is == known->second);
      REQUIRE(table.find_or_add({in, name}) == std::pair(number, false));
      REQUIRE(table.name(number) == FullName{in, name});
      table.erase(number);
      oracle.erase(known);
    }
    REQUIRE(table.size() == oracle.size());
  }
  std::size_t visited = 0;
  table.for_each([&](Table::Number number) {
    const auto [in, name] = table.name(number);
    CHECK(oracle.at({std::string(in), std::string(name)}) == table[number].is);
    ++visited;
    table.erase(number);
  });
  CHECK(visited == oracle.size());
  CHECK(table.bytes() == 0);
}

TEST_CASE("a table takes names as long as a Secret's, and none that is longer") {
  Table table({1, 2});
  CHECK(table.find({"team", "a"}) == Table::kNone);
  CHECK(table.find_or_add({"team", std::string(kNameBytesMax + 1, 'a')}).first == Table::kNone);
  CHECK(table.bytes() == 0);
  const std::string longest(kNameBytesMax, 'a');
  const auto number = table.find_or_add({"team", longest}).first;
  REQUIRE(number != Table::kNone);
  CHECK(table.name(number) == FullName{"team", longest});
  CHECK(table.find({"team", longest.substr(1)}) == Table::kNone);
}

}  // namespace hygiene::counting
