// Times as HTTP servers write them.
#include "base/http_date.hpp"

#include <catch2/catch.hpp>

using hygiene::base::parse_http_date;

TEST_CASE("a Date header is seconds since 1970") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value().time_since_epoch().count() == 784111777);
  CHECK(parse_http_date("Tue, 24 Nov 2026 09:54:32 GMT").value().time_since_epoch().count() == 1795514072);
  CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT").value().time_since_epoch().count() == 0);
}

TEST_CASE("what is no Date header is none") {
  for (const char* text :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, xx Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text));
  }
}
