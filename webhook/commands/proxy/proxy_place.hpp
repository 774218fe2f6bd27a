// Where a proxy listens, and who may come there. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "commands/proxy/proxy.hpp"

namespace hygiene::commands {

struct ProxyPlace {
  std::string unix_path;  // empty: TCP
  std::string host;
  std::uint16_t port = 0;
  bool tls = true;

  // http:// or https://, for a kubeconfig. Precondition: TCP.
  std::string url(std::uint16_t actual_port) const;
  // Names and addresses that lead here, for the certificate.
  std::vector<std::string> names() const;
  // What a Host header may say; empty: anything (no browser reaches a Unix socket).
  std::vector<std::string> hosts(std::uint16_t actual_port) const;
};

// Errors, each with what to give instead: an address that others reach without client certificates, plain
// HTTP beyond loopback, a token for requests without one where anybody in the pod's network may ask, flags
// that do not go together.
Result<ProxyPlace> place_of(const ProxyOptions& options);

}  // namespace hygiene::commands
