// What a list's metadata says is still to come.
#include "housekeeping/stored/remaining_count.hpp"

#include <string>

#include <catch2/catch.hpp>

using hygiene::housekeeping::RemainingCount;

namespace {

std::optional<std::uint64_t> count_of(const std::string& text) {
  RemainingCount whole;
  whole.feed(text);
  return whole.count();
}

const std::string kPage =
    R"({"kind":"SecretList","metadata":{"continue":"abc","remainingItemCount":3500},"items":[]})";

}  // namespace

TEST_CASE("the count is found wherever the page is split") {
  for (std::size_t split = 0; split <= kPage.size(); ++split) {
    RemainingCount parts;
    parts.feed(kPage.substr(0, split));
    parts.feed(kPage.substr(split));
    CHECK(parts.count() == 3500U);
  }
}

TEST_CASE("spaces, no count, and what is no count") {
  CHECK(count_of("{\n  \"metadata\": {\n    \"remainingItemCount\": 12\n  },") == 12U);
  CHECK(count_of(R"("remaining"remainingItemCount":7,)") == 7U);
  CHECK_FALSE(count_of(R"({"metadata":{"resourceVersion":"7"},"items":[]})"));
  CHECK_FALSE(count_of(R"("remainingItemCount":null)"));
  CHECK(count_of(R"("remainingItemCount":3,"x":"\"remainingItemCount\":9")") == 3U);
  CHECK(count_of("\"remainingItemCount\":" + std::string(40, '9')) < 100'000'000'000U);
}

TEST_CASE("an item that holds the same words is no list") {
  CHECK_FALSE(count_of(std::string(9'000, ' ') + kPage));
}

TEST_CASE("the next page has a count of its own") {
  RemainingCount count;
  count.feed(kPage);
  count.reset();
  CHECK_FALSE(count.count());
  count.feed(R"({"metadata":{"remainingItemCount":4},)");
  CHECK(count.count() == 4U);
}
