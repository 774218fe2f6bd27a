// HOST:PORT, as --listen and --probe take it, and as requests name it. Thread-safety: pure functions.
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
Result<HostPort> parse_host_port(std::string_view text);

// HOST:PORT, with brackets around an IPv6 host.
std::string to_string(const HostPort& address);

// As in a URL: https://HOST:PORT, or http:// without TLS.
std::string origin_of(bool tls, const HostPort& address);

// Whether the text may be the value of a Host header: a name, an address or nothing, then perhaps a colon and
// digits (RFC 9110, section 7.2; RFC 3986, section 3.2). Never user information.
bool is_authority(std::string_view text);

}  // namespace hygiene::net
