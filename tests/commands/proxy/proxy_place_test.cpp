#include "commands/proxy/proxy_place.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace hygiene::commands {

TEST_CASE("a Host header names the proxy with its port, and without the one that its scheme stands for") {
  struct Case {
    const char* listen;
    bool insecure_http;
    std::uint16_t actual_port;
    const char* host;
    bool ours;
  };
  for (const Case& row :
       {Case{"127.0.0.1:443", false, 443, "127.0.0.1", true},
        Case{"127.0.0.1:443", false, 443, "127.0.0.1:443", true},
        Case{"127.0.0.1:443", false, 443, "localhost", true}, Case{"[::1]:443", false, 443, "[::1]", true},
        Case{"127.0.0.1:80", true, 80, "127.0.0.1", true},
        Case{"127.0.0.1:443", true, 443, "127.0.0.1", false},
        Case{"127.0.0.1:80", false, 80, "127.0.0.1", false},
        Case{"127.0.0.1:0", false, 6444, "127.0.0.1", false},
        Case{"127.0.0.1:0", false, 6444, "127.0.0.1:6444", true},
        Case{"127.0.0.1:443", false, 443, "other", false}}) {
    INFO(row.listen << ' ' << row.host);
    ProxyOptions options;
    options.listen = row.listen;
    options.insecure_http = row.insecure_http;
    const auto place = place_of(options);
    REQUIRE(place.has_value());
    const auto hosts = place->hosts(row.actual_port);
    CHECK((std::ranges::find(hosts, row.host) != hosts.end()) == row.ours);
  }
}

}  // namespace hygiene::commands
