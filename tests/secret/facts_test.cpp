#include "secret/facts.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <catch2/catch.hpp>

using namespace hygiene::secret;

TEST_CASE("a label is found in any order, and of one that was added twice the first") {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> keys;
    for (auto count = random() % 20; count > 0; --count) keys.push_back("k" + std::to_string(random() % 30));
    if (round % 2 == 0) std::ranges::sort(keys);
    if (round % 4 == 0) keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    Labels labels;
    for (std::size_t at = 0; at < keys.size(); ++at) labels.add(keys[at]).value = std::to_string(at);
    for (int number = 0; number < 30; ++number) {
      const std::string key = "k" + std::to_string(number);
      const auto first = std::ranges::find(keys, key);
      const std::string* found = labels.find(key);
      REQUIRE((found != nullptr) == (first != keys.end()));
      if (found != nullptr) CHECK(*found == std::to_string(first - keys.begin()));
    }
    labels.clear();
    CHECK(labels.find("k1") == nullptr);
  }
}
