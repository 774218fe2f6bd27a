#include "net/host_port.hpp"

#include <catch2/catch.hpp>

namespace hygiene::net {

TEST_CASE("HOST:PORT is read, and written as it was") {
  for (const std::string text : {"0.0.0.0:8443", "[::1]:0", "a.example:65535"}) {
    INFO(text);
    const auto read = parse_host_port(text);
    REQUIRE(read.has_value());
    CHECK(to_string(*read) == text);
  }
  CHECK(to_string(*parse_host_port(":8443")) == "0.0.0.0:8443");
  for (const char* text : {"", "8443", "h:", "h:65536", "h:1x", "::1:8443", "[::1:8443", "h:-1"}) {
    INFO(text);
    CHECK(parse_host_port(text).has_error());
  }
}

TEST_CASE("what a Host header may say is a name or an address, and perhaps a port") {
  for (const char* text : {"", "h", "h:", ":1", "h:8443", "127.0.0.1", "127.0.0.1:443", "[::1]",
                           "[::ffff:1.2.3.4]:443", "a_b.c-d", "%41"}) {
    INFO(text);
    CHECK(is_authority(text));
  }
  for (const char* text :
       {"a b", "a b@/", "u@h",    "h/",     "h?", "h#",  "h:x",  "h:1:2",    "h:-1",  "::1", "[::1",
        "[]",  "[h]",   "[::1]x", "[::1]1", "]",  "h\t", "\x7f", "\xC3\xA9", "\"h\"", "h\\"}) {
    INFO(text);
    CHECK_FALSE(is_authority(text));
  }
}

}  // namespace hygiene::net
