// A listening HTTP/1.1 server over TLS or plain TCP: N threads, each with its own io_context, to which
// connections are dealt out in turn. The request path has no strands and no locks. Thread-safety: every
// public function may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/stream.hpp"
#include "server/bounds.hpp"
#include "server/connection.hpp"
#include "server/observer.hpp"
#include "server/request_handler.hpp"

namespace hygiene::server {

// Makes the stream of an accepted socket, on the worker's thread. Pins the certificate in force.
using MakeStream = std::function<std::unique_ptr<net::Stream>(boost::asio::ip::tcp::socket)>;

struct Options {
  std::string address = "0.0.0.0";
  std::uint16_t port = 0;  // 0: a free one
  std::string unix_path;   // a Unix socket there instead; replaces one that an ended process left
  std::size_t threads = 1;
  Bounds bounds;
};

class Server {
 public:
  // Binds and listens; serves once start() is called. `service` and `observer` must outlive the server.
  // Errors: the address is not one, or in use.
  static Result<std::unique_ptr<Server>> listen(Options options, MakeStream make_stream, Service& service,
                                                Observer& observer);
  // The same for connections that are not HTTP requests and answers; of the bounds only connections_max
  // applies.
  static Result<std::unique_ptr<Server>> listen(Options options, MakeConnection make_connection,
                                                Observer& observer);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  virtual void start() = 0;
  // Stops accepting. Idle connections end, busy ones answer with `Connection: close`. Blocks until all have
  // ended, or cancels the rest once `bound` has passed. True: none had to be cancelled.
  virtual bool drain(std::chrono::milliseconds bound) = 0;
};

}  // namespace hygiene::server
