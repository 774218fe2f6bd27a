// What a server reports while it runs, for metrics and the log. Thread-safety: called on worker
// threads, so an implementation must be thread-safe, and must not block.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/bounds.hpp"

namespace hygiene::server {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void connection_opened() = 0;
  virtual void connection_closed() = 0;
  virtual void bound_reached(Bound bound) = 0;
  // A handshake or a request failed because of the peer, or for lack of memory or descriptors. `what` holds
  // no input.
  virtual void peer_failed(std::string_view what) = 0;
  // The program has an error of its own: `what` names the violated invariant.
  virtual void invariant_violated(std::string_view what) = 0;
};

}  // namespace hygiene::server
