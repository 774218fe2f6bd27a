// What a server does with the connections of a proxy: a Relay for each, with what the relays of a worker
// share. Thread-safety: each worker's thread, for its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/client_config.hpp"
#include "proxy/observer.hpp"
#include "proxy/relay.hpp"
#include "proxy/target_rewriter.hpp"
#include "server/connection.hpp"
#include "server/observer.hpp"
#include "server/server.hpp"

namespace hygiene::proxy {

struct RelayOptions {
  cluster::ClientConfigOptions access;
  Selectors selectors;
  std::vector<std::string> hosts;  // what a Host header may say; empty: anything
  bool inject_token = false;
  RelayTimes times;
  std::size_t workers = 1;
};

// The observers must outlive it. Errors: as Upstream::make.
base::Result<server::MakeConnection> relay_factory(const RelayOptions& options,
                                                   server::MakeStream make_stream, Observer& observer,
                                                   server::Observer& connections);

}  // namespace hygiene::proxy
