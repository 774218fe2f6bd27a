// Times as the API server writes them.
#include "base/rfc3339.hpp"

#include <catch2/catch.hpp>

using hygiene::base::parse_end_of_day;
using hygiene::base::parse_rfc3339;
using hygiene::base::to_rfc3339;

TEST_CASE("a time of the API server is seconds since 1970") {
  const auto seconds = [](const char* text) {
    return parse_rfc3339(text).value().time_since_epoch().count();
  };
  CHECK(seconds("1970-01-01T00:00:00Z") == 0);
  CHECK(seconds("2026-11-24T09:54:32Z") == 1795514072);
  CHECK(seconds("2026-11-24T09:54:32.999999Z") == 1795514072);
  CHECK(seconds("2026-11-24T10:54:32+01:00") == 1795514072);
  CHECK(seconds("2026-11-24T04:24:32.5-05:30") == 1795514072);
  CHECK(seconds("2026-11-24T09:54:32-00:00") == 1795514072);
  CHECK(seconds("2028-02-29T23:59:59Z") == 1835481599);
  CHECK(seconds("2100-12-31T23:59:60Z") == 4133980800);  // a leap second is the next one's first
}

TEST_CASE("times that system_clock cannot subtract are the nearest that it can") {
  using std::chrono::system_clock;
  const system_clock::time_point first = parse_rfc3339("0001-01-01T00:00:00Z").value();
  const system_clock::time_point last = parse_rfc3339("9999-12-31T23:59:59Z").value();
  CHECK(first - last < system_clock::duration::zero());
  CHECK(last - first > std::chrono::years(290));
  CHECK(parse_rfc3339("1850-01-01T00:00:00Z").value() < parse_rfc3339("1850-01-01T00:00:01Z").value());
}

TEST_CASE("what is no time of the API server is none") {
  for (const char* text : {"",
                           "2026-11-24",
                           "2026-11-24T09:54:32",
                           "2026-11-24T09:54:32+0100",
                           "2026-11-24T09:54:32.Z",
                           "2026-11-24T09:54:32.5xZ",
                           "2026-11-24 09:54:32Z",
                           "2026-13-24T09:54:32Z",
                           "2027-02-29T09:54:32Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T09:60:00Z",
                           "2026-11-24T09:54:61Z",
                           "+026-11-24T09:54:32Z",
                           "2026-11-24T09:54:3-Z",
                           "2026-11-24T09:54:32+24:00",
                           "2026-11-24T09:54:32+01:60",
                           "2026-11-24T09:54:32 01:00",
                           "2026-11-24T09:54:32+01:00Z",
                           "2026-11-24T09:54:32.",
                           "2026-11-24T09:54:32.+01:00"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("a day ends where the next begins, in UTC") {
  CHECK(parse_end_of_day("2027-01-31") == parse_rfc3339("2027-02-01T00:00:00Z"));
  CHECK(parse_end_of_day("2028-02-29") == parse_rfc3339("2028-03-01T00:00:00Z"));
  CHECK(parse_end_of_day("2027-12-31") == parse_rfc3339("2028-01-01T00:00:00Z"));
  CHECK(parse_end_of_day("9999-12-31") == parse_rfc3339("9999-12-31T00:00:00Z"));  // as of within_clock()
  for (const char* text :
       {"", "2027-02-29", "2027-00-01", "2027-1-31", "2027-01-31Z", "2027-01-31T00:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_end_of_day(text));
  }
}

TEST_CASE("a time is written as it is read") {
  for (const char* text : {"1970-01-01T00:00:00Z", "2026-11-24T09:54:32Z", "2028-02-29T23:59:59Z",
                           "1969-12-31T23:59:59Z", "2099-12-31T00:00:01Z"}) {
    CHECK(to_rfc3339(parse_rfc3339(text).value()) == text);
  }
}
