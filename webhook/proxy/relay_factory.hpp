// Makes a Relay of each connection of a proxy, with what the relays of a worker share. Thread-safety: each
// worker's thread, for its own.
#pragma once

#include "base/result.hpp"
#include "proxy/observer.hpp"
#include "proxy/relay.hpp"
#include "server/connection.hpp"
#include "server/observer.hpp"
#include "server/server.hpp"

namespace hygiene::proxy {

// The observers must outlive it. Errors: as Upstream::make.
Result<server::MakeConnection> relay_factory(RelayOptions options, server::MakeStream make_stream,
                                             Observer& observer, server::Observer& connections);

}  // namespace hygiene::proxy
