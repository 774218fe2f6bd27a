#include "runtime/status/local_host.hpp"

#include <catch2/catch.hpp>

using hygiene::runtime::is_local_host;

TEST_CASE("localhost and addresses are local, with and without a port") {
  for (const char* host : {"", "localhost", "LocalHost:9091", "localhost:", "127.0.0.1", "127.0.0.1:9091",
                           "127.5.0.9", "10.244.0.7:9091", "[::1]", "[::1]:9091", "[fd00::7]:80"}) {
    INFO(host);
    CHECK(is_local_host(host));
  }
}

TEST_CASE("a name is not local, whatever it looks like") {
  for (const char* host :
       {"example.com", "example.com:9091", "localhost.example.com", "localhost.", "127.0.0.1.example.com",
        "127.1", "127.0.0.1:9091.example.com", "2130706433", "0x7f000001", "[::1", "::1", "[127.0.0.1]",
        "[::1]x", "[::1].com:80", ":9091", " localhost", "localhost:80:80", "[]"}) {
    INFO(host);
    CHECK_FALSE(is_local_host(host));
  }
}
