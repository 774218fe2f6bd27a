// Accepts connections and deals them out to the workers in turn. When all places are taken, the connection
// that has waited longest for a request ends for the new one; if every one has a request in flight, the new
// one is closed. Thread-safety: one thread at a time, not a worker's.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.hpp"
#include "server/connection_limit.hpp"
#include "server/observer.hpp"
#include "server/worker.hpp"

namespace hygiene::server {

class Listener {
 public:
  // Runs on the first worker's io_context. All arguments must outlive that worker's thread.
  Listener(std::vector<std::unique_ptr<Worker>>& workers, ConnectionLimit& connections, Observer& observer);

  // Errors: invalid (not an address), io (the address is in use, or not this machine's).
  Result<void> bind(const std::string& address, std::uint16_t port);
  // A Unix socket for this user and its group only. It replaces one that an ended process left; if a process
  // answers there, the address is in use. Its connections come as tcp::socket too: reading, writing and
  // waiting do not differ. Errors: invalid (too long a path), io.
  Result<void> bind_unix(const std::string& path);
  std::uint16_t port() const { return port_; }
  void start();
  // Blocks until no more connections are dealt out. Precondition: started.
  void close();

 private:
  boost::asio::awaitable<void> accept_all();
  // False: the system gave none.
  boost::asio::awaitable<bool> accept_one();
  // Takes a free place, or that of the connection that has waited longest for a request. Nothing: none is
  // free and none waits.
  boost::asio::awaitable<std::optional<ConnectionLimit::Permit>> take_place();
  boost::asio::awaitable<void> back_off(unsigned failures);

  std::vector<std::unique_ptr<Worker>>& workers_;
  ConnectionLimit& connections_;
  Observer& observer_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::size_t turn_ = 0;  // the worker of the next connection
  std::uint16_t port_ = 0;
  std::promise<void> ended_;
};

}  // namespace hygiene::server
