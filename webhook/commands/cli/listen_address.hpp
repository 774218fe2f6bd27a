// HOST:PORT as --listen takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::commands {

struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};

// "0.0.0.0:8443", "[::]:8443", ":8443" (all addresses). Errors: no port, or one over 65535.
base::Result<ListenAddress> parse_listen_address(std::string_view text);

// HOST:PORT, with brackets around an IPv6 host.
std::string to_string(const ListenAddress& address);

}  // namespace hygiene::commands
