// When writes may be sent.
#include "housekeeping/stored/rate_limit.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using hygiene::housekeeping::RateLimit;

TEST_CASE("writes keep the distance that the rate sets, however they come") {
  RateLimit limit(20);
  const RateLimit::Clock::time_point start(1h);
  CHECK(limit.next(start) == 0ms);
  CHECK(limit.next(start) == 50ms);
  CHECK(limit.next(start + 50ms) == 50ms);
  CHECK(limit.next(start + 120ms) == 30ms);
}

TEST_CASE("time that was not used is gone") {
  RateLimit limit(10);
  const RateLimit::Clock::time_point start(1h);
  CHECK(limit.next(start) == 0ms);
  CHECK(limit.next(start + 10s) == 0ms);
  CHECK(limit.next(start + 10s) == 100ms);
}

TEST_CASE("a rate of 0 sets no distance, one below 1 sets seconds") {
  RateLimit none(0);
  const RateLimit::Clock::time_point start(1h);
  CHECK(none.next(start) == 0ms);
  CHECK(none.next(start) == 0ms);
  RateLimit slow(0.25);
  CHECK(slow.next(start) == 0ms);
  CHECK(slow.next(start) == 4s);
}
