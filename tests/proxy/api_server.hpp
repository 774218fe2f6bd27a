// An API server whose answers a test writes, and the proxy that trusts it. Thread-safety: as
// ScriptedServer's.
#pragma once

#include "proxy/running_proxy.hpp"
#include "support/scripted_server.hpp"
#include "support/test_certificates.hpp"

namespace hygiene::test {

struct ApiServer {
  explicit ApiServer(const ScriptedServer::Handler& handler)
      : server(handler, {identity, nullptr, false, 0}) {}

  static Identity make() {
    CertificateWish wish;
    wish.names = "IP:127.0.0.1";
    wish.authority = true;
    return make_identity(wish);
  }
  ProxyWish wish() const {
    ProxyWish made;
    made.api_server = server.url();
    made.ca_pem = identity.certificate_pem();
    return made;
  }

  Identity identity = make();
  ScriptedServer server;
};

}  // namespace hygiene::test
