// Finds the HTTP proxy to an API server: by a kubeconfig's proxy-url, else by the environment, as Go's
// programs read it. Thread-safety: pure functions; the environment must not change meanwhile.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/dial.hpp"

namespace hygiene::cluster {

// `proxy_url` (empty: not given) wins. Else HTTPS_PROXY, or HTTP_PROXY for a server in plain HTTP, unless
// NO_PROXY names `host`; lower-case names too. Nothing: no proxy, as always for loopback. Errors: invalid (no
// URL), unsupported (socks5, or TLS to the proxy); they repeat no user or password.
Result<std::optional<net::HttpProxy>> proxy_to(const std::string& proxy_url, const std::string& host,
                                               std::uint16_t port, bool tls);

}  // namespace hygiene::cluster
