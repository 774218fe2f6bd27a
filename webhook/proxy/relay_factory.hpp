// What a server does with the connections of a proxy: a Relay for each, with what the relays of a worker
// share. Thread-safety: each worker's thread, for its own.
#pragma once

#include "base/result.hpp"
#include "proxy/observer.hpp"
#include "proxy/relay.hpp"
#include "server/connection.hpp"
#include "server/observer.hpp"
#include "server/server.hpp"

namespace hygiene::proxy {

// The observers must outlive it. Errors: as Upstream::make.
base::Result<server::MakeConnection> relay_factory(RelayOptions options, server::MakeStream make_stream,
                                                   Observer& observer, server::Observer& connections);

}  // namespace hygiene::proxy
