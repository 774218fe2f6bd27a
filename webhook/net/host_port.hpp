// HOST:PORT, as --listen and --probe take it. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::net {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

// "0.0.0.0:8443", "[::]:8443", ":8443" (all addresses). Errors: no port, or one over 65535.
base::Result<HostPort> parse_host_port(std::string_view text);

// HOST:PORT, with brackets around an IPv6 host.
std::string to_string(const HostPort& address);

}  // namespace hygiene::net
