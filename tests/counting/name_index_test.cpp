#include "counting/name_index.hpp"

#include <map>
#include <random>

#include <catch2/catch.hpp>

namespace hygiene::counting {
namespace {

NameIndex::Number find(const NameIndex& index, std::uint32_t hash, NameIndex::Number number) {
  return index.find(hash, [number](NameIndex::Number other) { return other == number; });
}

}  // namespace

TEST_CASE("an index of names finds what it holds, however its hashes meet") {
  // Few hashes, at the end of the range too: places overlap, and wrap.
  const auto spread = GENERATE(3U, 40U, 0xffffffffU);
  std::mt19937 random(spread);
  NameIndex index;
  std::map<NameIndex::Number, std::uint32_t> oracle;  // number to hash
  for (int step = 0; step < 20'000; ++step) {
    const auto number = static_cast<NameIndex::Number>(random() % 200);
    const auto known = oracle.find(number);
    if (known == oracle.end()) {
      const auto hash = static_cast<std::uint32_t>(0xffffffffU - random() % spread);
      index.add(hash, number);
      oracle.emplace(number, hash);
    } else {
      index.remove(known->second, number);
      oracle.erase(known);
    }
    if (step % 50 != 0) continue;
    REQUIRE(index.size() == oracle.size());
    for (NameIndex::Number each = 0; each < 200; ++each) {
      const auto held = oracle.find(each);
      if (held != oracle.end()) {
        REQUIRE(find(index, held->second, each) == each);
      } else {
        REQUIRE(find(index, 0xffffffffU - each % spread, each) == NameIndex::kNone);
      }
    }
  }
}

TEST_CASE("an index of names that is empty finds nothing") {
  const NameIndex index;
  index.prefetch(7);
  CHECK(find(index, 7, 0) == NameIndex::kNone);
}

}  // namespace hygiene::counting
