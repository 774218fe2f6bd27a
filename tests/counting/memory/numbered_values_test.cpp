#include "counting/memory/numbered_values.hpp"

#include <catch2/catch.hpp>

namespace hygiene::counting {
namespace {

struct Value {
  int is = 0;
  bool used() const { return is != 0; }
};

}  // namespace

TEST_CASE("a value keeps its number and place while others come and go, and a free number is given again") {
  NumberedValues<Value> slots;
  std::vector<NumberedValues<Value>::Number> numbers;
  for (int i = 1; i <= 1'000; ++i) numbers.push_back(slots.add({i}));
  const auto* place = &slots[numbers[8]];
  for (int i = 1; i <= 1'000; i += 2) slots.remove(numbers[static_cast<std::size_t>(i)]);
  CHECK(slots.size() == 500);
  const auto again = slots.add({5'000});
  CHECK(std::ranges::find(numbers, again) != numbers.end());
  for (int i = 1; i < 1'000; ++i) slots.add({5'000});
  CHECK(slots.size() == 1'500);
  CHECK(&slots[numbers[8]] == place);
  std::size_t visited = 0;
  slots.for_each([&](auto) { ++visited; });
  CHECK(visited == 1'500);
  for (std::size_t i = 0; i < 1'000; i += 2) CHECK(slots[numbers[i]].is == static_cast<int>(i) + 1);
}

TEST_CASE("values are visited in steps, each once, free numbers left out") {
  NumberedValues<Value> slots;
  for (int i = 1; i <= 10; ++i) slots.add({i});
  slots.remove(3);
  std::vector<int> seen;
  std::size_t steps = 0;
  for (std::optional<NumberedValues<Value>::Number> from = 0; from; ++steps)
    from = slots.visit_some(*from, 4, [&](auto number) { seen.push_back(slots[number].is); });
  CHECK(steps == 3);
  CHECK(seen == std::vector{1, 2, 3, 5, 6, 7, 8, 9, 10});
}

}  // namespace hygiene::counting
