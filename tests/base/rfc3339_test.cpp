// Times as the API server writes them.
#include "base/rfc3339.hpp"

#include <catch2/catch.hpp>

using hygiene::base::parse_rfc3339;

TEST_CASE("a time of the API server is seconds since 1970") {
  const auto seconds = [](const char* text) {
    return parse_rfc3339(text).value().time_since_epoch().count();
  };
  CHECK(seconds("1970-01-01T00:00:00Z") == 0);
  CHECK(seconds("2026-11-24T09:54:32Z") == 1795514072);
  CHECK(seconds("2026-11-24T09:54:32.999999Z") == 1795514072);
  CHECK(seconds("2028-02-29T23:59:59Z") == 1835481599);
  CHECK(seconds("9999-12-31T23:59:60Z") == 253402300800);  // a leap second is the next one's first
}

TEST_CASE("what is no time of the API server is none") {
  for (const char* text :
       {"", "2026-11-24", "2026-11-24T09:54:32", "2026-11-24T09:54:32+01:00", "2026-11-24T09:54:32.Z",
        "2026-11-24T09:54:32.5xZ", "2026-11-24 09:54:32Z", "2026-13-24T09:54:32Z", "2027-02-29T09:54:32Z",
        "2026-11-24T24:00:00Z", "2026-11-24T09:60:00Z", "2026-11-24T09:54:61Z", "+026-11-24T09:54:32Z",
        "2026-11-24T09:54:3-Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}
