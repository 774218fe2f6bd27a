// One thread, its io_context, and the connections dealt to it. Thread-safety: every public function may be
// called from any thread; awaitables run on the worker's thread.
#pragma once

#include <list>
#include <optional>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/connection.hpp"
#include "server/connection_limit.hpp"
#include "server/observer.hpp"

namespace hygiene::server {

class Worker {
 public:
  // Both arguments must outlive it.
  Worker(std::size_t index, const MakeConnection& make_connection, Observer& observer);
  ~Worker();

  boost::asio::io_context& context() { return context_; }
  void start();
  // Serves a connection to its end, then gives its permit back.
  void adopt(boost::asio::ip::tcp::socket socket, ConnectionLimit::Permit permit);
  // Since when the longest waiting connection has waited for a request; nothing: none waits.
  boost::asio::awaitable<std::optional<Connection::Clock::time_point>> longest_wait();
  // Ends that connection and returns its place. Nothing: none waits.
  boost::asio::awaitable<std::optional<ConnectionLimit::Permit>> end_longest_wait();
  void begin_drain();
  void cancel_all();
  // Blocks until the thread has ended. Precondition: no connection holds a place, and none will come.
  void join();

 private:
  struct Held {
    ConnectionLimit::Permit permit;
    std::unique_ptr<Connection> connection;
  };
  using Place = std::list<Held>::iterator;

  void begin(boost::asio::ip::tcp::socket socket, ConnectionLimit::Permit permit);
  // connections_.end(): none waits.
  Place waiting_longest();
  void end(Place place);
  void arm_tick();
  void tick();

  boost::asio::io_context context_{1};  // the hint: one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer ticker_;
  const std::size_t index_;
  const MakeConnection& make_connection_;
  Observer& observer_;
  std::list<Held> connections_;
  bool ticking_ = false;
  bool draining_ = false;
  std::thread thread_;
};

}  // namespace hygiene::server
