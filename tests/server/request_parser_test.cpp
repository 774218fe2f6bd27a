#include "server/request_parser.hpp"

#include <catch2/catch.hpp>

#include "support/request_heads.hpp"

namespace hygiene::server {

namespace {

RequestHead head_of(RequestParser& parser, std::string_view text) {
  const ParseStep step = parser.put(text);
  REQUIRE(step.parsed == Parsed::header);
  return parser.head();
}

}  // namespace

TEST_CASE("the server takes heads of requests or refuses them, row by row") {
  for (const auto& row : test::request_heads()) {
    INFO(row.rule << ": " << row.text);
    RequestParser parser(16 * 1024, 1024);
    const Parsed parsed = parser.put(row.text).parsed;
    CHECK(parsed == (row.server ? Parsed::header : Parsed::bad));
  }
}

TEST_CASE("of a target in absolute form the path counts, and its authority in the place of the Host") {
  struct Case {
    const char* target;
    const char* path;
    const char* host;
  };
  for (const Case& row : {Case{"/x?y", "/x?y", "other"}, Case{"http://h:1/x?y", "/x?y", "h:1"},
                          Case{"HTTPS://h/x/../z", "/x/../z", "h"}, Case{"http://[::1]", "/", "[::1]"},
                          Case{"http://h/", "/", "h"}}) {
    INFO(row.target);
    // Whichever comes first.
    for (const std::string lines : {"Host: other\r\nA: b\r\n", "A: b\r\nHost: other\r\n"}) {
      RequestParser parser(16 * 1024, 1024);
      const std::string text = std::string("GET ") + row.target + " HTTP/1.1\r\n" + lines + "\r\n";
      const RequestHead head = head_of(parser, text);
      CHECK(head.target == row.path);
      CHECK(head.host == row.host);
    }
  }
}

}  // namespace hygiene::server
