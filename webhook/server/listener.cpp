#include "server/listener.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors, most likely: from 10 ms, doubled to at most 1.28 s.
constexpr std::chrono::milliseconds kPause{10};
constexpr unsigned kDoublingsMax = 7;

base::Error listen_error(const std::string& address, std::uint16_t port, error_code ec) {
  return base::Error(base::Errc::io,
                     "cannot listen on " + address + " port " + std::to_string(port) + ": " + ec.message());
}

}  // namespace

Listener::Listener(std::vector<std::unique_ptr<Worker>>& workers, Connections& connections,
                   Observer& observer)
    : workers_(workers),
      connections_(connections),
      observer_(observer),
      acceptor_(workers.front()->context()),
      pause_(workers.front()->context()) {}

base::Result<void> Listener::bind(const std::string& address, std::uint16_t port) {
  error_code ec;
  const auto parsed = asio::ip::make_address(address, ec);
  if (ec) {
    return base::Error(base::Errc::invalid,
                       "\"" + address + "\" is not an IP address to listen on, such as 0.0.0.0 or ::");
  }
  const tcp::endpoint endpoint(parsed, port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) port_ = acceptor_.local_endpoint(ec).port();
  if (ec) return listen_error(address, port, ec);
  return {};
}

void Listener::start() {
  asio::co_spawn(workers_.front()->context(), accept_all(),
                 [this](std::exception_ptr) { ended_.set_value(); });
}

void Listener::close() {
  asio::post(workers_.front()->context(), [this] {
    error_code ignored;  // it accepts no more either way
    acceptor_.close(ignored);
    pause_.cancel();
  });
  ended_.get_future().wait();
}

asio::awaitable<void> Listener::accept_all() {
  unsigned failures = 0;
  while (acceptor_.is_open()) {
    bool accepted = false;
    try {
      accepted = co_await accept_one();
    } catch (const std::exception&) {
      // Out of memory: this connection ends, and others can be accepted later.
    }
    if (accepted) {
      failures = 0;
    } else if (acceptor_.is_open()) {
      co_await back_off(failures++);
    }
  }
}

asio::awaitable<bool> Listener::accept_one() {
  Worker& worker = *workers_[turn_];
  auto [ec, socket] = co_await acceptor_.async_accept(worker.context(), asio::as_tuple(asio::use_awaitable));
  if (ec == asio::error::connection_aborted) co_return true;  // it left the queue, and the next may be fine
  if (ec) co_return false;
  auto permit = connections_.enter();
  if (!permit) {
    observer_.bound_reached(Bound::connections);
    co_return true;  // the socket closes
  }
  turn_ = (turn_ + 1) % workers_.size();
  worker.adopt(std::move(socket), std::move(*permit));
  co_return true;
}

asio::awaitable<void> Listener::back_off(unsigned failures) {
  if (failures == 0)
    observer_.peer_failed("a connection could not be accepted; the process may be out of descriptors");
  pause_.expires_after(kPause * (1u << std::min(failures, kDoublingsMax)));
  co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace hygiene::server
