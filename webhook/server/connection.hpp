// One accepted connection from its first byte to its end, as a worker keeps it. Thread-safety: the worker's
// thread.
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
  // Ends when the connection has; throws nothing.
  virtual boost::asio::awaitable<void> run() = 0;
  // Cancels what has taken too long; called ten times a second.
  virtual void enforce_deadline(Clock::time_point now) = 0;
  // Since when it has waited for a request's head to be whole; nothing while a request is in flight, from its
  // whole head to the end of its answer, or once it was cancelled. When all places for connections are taken,
  // the one that has waited longest is cancelled for a new one.
  virtual std::optional<Clock::time_point> waits_since() const = 0;
  // The server accepts no more: end once what is under way is done.
  virtual void begin_drain() = 0;
  virtual void cancel() = 0;
};

// Begins one on the thread of that worker.
using MakeConnection = std::function<std::unique_ptr<Connection>(
    boost::asio::ip::tcp::socket, const boost::asio::any_io_executor&, std::size_t worker)>;

}  // namespace hygiene::server
