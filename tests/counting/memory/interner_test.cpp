#include "counting/memory/interner.hpp"

#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

namespace hygiene::counting {
namespace {

TEST_CASE("a text has one number as long as it has users, and no other text has it then") {
  std::mt19937 random(7);
  Interner texts(4);
  std::map<std::string, std::pair<std::uint32_t, int>> oracle;  // number and users
  for (int step = 0; step < 20'000; ++step) {
    const std::string text(random() % 6, 'a');  // an empty one too
    const auto known = oracle.find(text);
    if (random() % 2 == 0) {
      const auto number = texts.acquire(text);
      if (known == oracle.end() && oracle.size() == 4) {
        REQUIRE_FALSE(number);
        continue;
      }
      REQUIRE(number);
      REQUIRE((known == oracle.end() || known->second.first == *number));
      ++oracle.try_emplace(text, *number, 0).first->second.second;
    } else if (known != oracle.end()) {
      texts.release(known->second.first);
      if (--known->second.second == 0) oracle.erase(known);
    }
    REQUIRE(texts.size() == oracle.size());
    std::set<std::uint32_t> numbers;
    for (const auto& [each, held] : oracle) {
      numbers.insert(held.first);
      REQUIRE(texts.text(held.first) == each);
      REQUIRE(texts.find(each) == held.first);
    }
    REQUIRE(numbers.size() == oracle.size());
  }
}

}  // namespace
}  // namespace hygiene::counting
