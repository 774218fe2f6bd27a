// Which HTTP proxy leads to an API server: what a kubeconfig's proxy-url says, else the environment, as Go's
// programs read it. Thread-safety: pure functions; the environment must not change meanwhile.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/dial.hpp"

namespace hygiene::cluster {

// `proxy_url` (empty: not given) wins. Else HTTPS_PROXY, or HTTP_PROXY for a server in plain HTTP, unless
// NO_PROXY names `host`; names in lower case too. Nothing: the server is reached directly, as loopback always
// is. Errors: invalid (no URL), unsupported (socks5, or TLS to the proxy); no user or password is repeated.
base::Result<std::optional<net::HttpProxy>> proxy_to(const std::string& proxy_url, const std::string& host,
                                                     std::uint16_t port, bool tls);

}  // namespace hygiene::cluster
