#include "secret/facts.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "base/invariant.hpp"

using namespace hygiene;
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

TEST_CASE("sums hold their parts, and a sum that does not is a violation") {
  Facts facts;
  facts.largest_keys = {{"a", 60}, {"b", 40}};
  facts.key_count = 2;
  facts.key_name_bytes = 2;
  facts.data_bytes = 100;
  facts.annotation_bytes = 30;
  facts.object_bytes = 132;
  facts.assert_sums();
  Facts().assert_sums();

  const auto broken = [&facts](std::uint64_t Facts::*sum, std::uint64_t value) {
    Facts wrong = facts;
    wrong.*sum = value;
    base::set_on_violation(base::OnViolation::throw_error);
    CHECK_THROWS_AS(wrong.assert_sums(), base::InvariantViolation);
    base::set_on_violation(base::OnViolation::end_process);
  };
  broken(&Facts::data_bytes, 59);
  broken(&Facts::key_count, 1);
  broken(&Facts::object_bytes, 131);
}
