#include "server/response.hpp"

#include <catch2/catch.hpp>

namespace hygiene::server {

TEST_CASE("a time is written as HTTP writes it") {
  struct Case {
    std::int64_t seconds;
    const char* date;
  };
  for (const Case& row :
       {Case{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"}, Case{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        Case{951827696, "Tue, 29 Feb 2000 12:34:56 GMT"},
        Case{4102444799, "Thu, 31 Dec 2099 23:59:59 GMT"}}) {
    const std::chrono::system_clock::time_point time{std::chrono::seconds(row.seconds)};
    CHECK(http_date(time) == row.date);
    CHECK(http_date(time + std::chrono::milliseconds(999)) == row.date);
  }
}

TEST_CASE("an answer carries the time at which it was made") {
  std::string text;
  render({.status = 404, .content_type = {}}, {.now = {}, .close = true}, text);
  CHECK(text ==
        "HTTP/1.1 404 Not Found\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n");
}

}  // namespace hygiene::server
