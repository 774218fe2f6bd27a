// One accepted connection, as its worker keeps it. Thread-safety: the worker's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace hygiene::server {

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Connection() = default;
  // Serves the connection to its end; throws nothing.
  virtual boost::asio::awaitable<void> run() = 0;
  // Cancels what has taken too long. The worker calls it ten times a second.
  virtual void enforce_deadline(Clock::time_point now) = 0;
  // Since when the connection has waited for a whole head; nothing: a request is in flight, from its whole
  // head to the end of its answer, or the connection was cancelled. When all places are taken, the connection
  // that has waited longest is cancelled for a new one.
  virtual std::optional<Clock::time_point> waits_since() const = 0;
  // The server accepts no more: the connection ends after what is under way.
  virtual void begin_drain() = 0;
  virtual void cancel() = 0;
};

// Makes a connection, on that worker's thread.
using MakeConnection = std::function<std::unique_ptr<Connection>(
    boost::asio::ip::tcp::socket, const boost::asio::any_io_executor&, std::size_t worker)>;

}  // namespace hygiene::server
