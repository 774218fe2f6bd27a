// The address of a server, as kubeconfigs and proxy variables write it. Thread-safety: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::cluster {

struct ServerUrl {
  std::string scheme;  // in lower case
  std::string host;    // IPv6 without brackets
  std::uint16_t port = 0;
  std::string path;  // empty, or begins with a slash and ends without one
};

// The scheme of a text without one, HOST:PORT.
enum class Scheme { http, https };

// http, https, or another scheme that names its port (or is socks5). A text without a scheme has no path.
// Errors: invalid; the text is not repeated, since it may hold a password.
Result<ServerUrl> parse_server_url(std::string_view url, Scheme without_scheme);

}  // namespace hygiene::cluster
