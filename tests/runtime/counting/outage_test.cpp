#include "runtime/counting/outage.hpp"

#include <catch2/catch.hpp>

using hygiene::runtime::Outage;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("what fails for longer than a minute without a success between is told, and nothing else") {
  const auto start = Outage::Clock::now();
  Outage outage;
  CHECK_FALSE(outage.longer_than(minutes(1)));
  outage.failed("a", start);
  CHECK_FALSE(outage.longer_than(minutes(1)));
  outage.failed("a", start + seconds(60));
  CHECK_FALSE(outage.longer_than(minutes(1)));
  outage.failed("b", start + seconds(60));
  outage.worked("b");
  outage.failed("a", start + seconds(61));
  CHECK(outage.longer_than(minutes(1)) == "a");
  outage.worked("a");
  CHECK_FALSE(outage.longer_than(minutes(1)));
  outage.failed("a", start + seconds(120));
  outage.failed("a", start + seconds(130));
  CHECK_FALSE(outage.longer_than(minutes(1)));
}
