#include "base/checked_difference.hpp"

#include <limits>

#include <catch2/catch.hpp>

using hygiene::base::checked_difference;

TEST_CASE("A difference of sizes is exact down to nothing") {
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  CHECK(checked_difference(5, 3) == 2);
  CHECK(checked_difference(5, 5) == 0);
  CHECK(checked_difference(kLargest, 0) == kLargest);
  CHECK(checked_difference(kLargest, kLargest) == 0);
#ifdef NDEBUG
  // A build with assertions ends here.
  CHECK(checked_difference(5, 6) == 0);
  CHECK(checked_difference(0, kLargest) == 0);
#endif
}
