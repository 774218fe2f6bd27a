#include "server/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hygiene::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors, most likely: from 10 ms, doubled to at most 1.28 s.
constexpr std::chrono::milliseconds kPause{10};
constexpr unsigned kDoublingsMax = 7;

Error listen_error(const std::string& address, std::uint16_t port, error_code ec) {
  return Error(Errc::io,
               "cannot listen on " + address + " port " + std::to_string(port) + ": " + ec.message());
}

// Nobody listens at a socket's path any more: the process ended without a word.
bool is_left_over(const sockaddr_un& name) {
  struct stat there {};
  // Anything but a socket is not ours to remove.
  if (lstat(name.sun_path, &there) != 0 || !S_ISSOCK(there.st_mode)) return false;
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const int connected = connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  const bool refused = connected != 0 && errno == ECONNREFUSED;
  ::close(fd);
  return refused;
}

}  // namespace

Listener::Listener(std::vector<std::unique_ptr<Worker>>& workers, ConnectionLimit& connections,
                   Observer& observer)
    : workers_(workers),
      connections_(connections),
      observer_(observer),
      acceptor_(workers.front()->context()),
      pause_(workers.front()->context()) {}

Result<void> Listener::bind(const std::string& address, std::uint16_t port) {
  error_code ec;
  const auto parsed = asio::ip::make_address(address, ec);
  if (ec) {
    return Error(Errc::invalid,
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

Result<void> Listener::bind_unix(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) {
    return Error(Errc::invalid, "the path of a Unix socket has at most " +
                                    std::to_string(sizeof name.sun_path - 1) + " bytes");
  }
  path.copy(name.sun_path, path.size());
  const auto fail = [&path] {
    return Error(Errc::io, "cannot listen on " + path + ": " + std::system_category().message(errno));
  };
  if (is_left_over(name)) unlink(path.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail();
  error_code ec;
  acceptor_.assign(tcp::v4(), fd, ec);
  if (ec) return Error(Errc::io, "cannot listen on " + path + ": " + ec.message());
  // Until it listens nobody can connect, whatever its mode is.
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      chmod(path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0 ||
      ::listen(fd, asio::socket_base::max_listen_connections) != 0) {
    return fail();
  }
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
      co_await back_off(failures);
      ++failures;
    }
  }
}

asio::awaitable<bool> Listener::accept_one() {
  Worker& worker = *workers_[turn_];
  auto [ec, socket] = co_await acceptor_.async_accept(worker.context(), asio::as_tuple(asio::use_awaitable));
  if (ec == asio::error::connection_aborted) co_return true;  // it left the queue, and the next may be fine
  if (ec) co_return false;
  auto permit = co_await take_place();
  if (!permit) co_return true;  // the socket closes
  turn_ = (turn_ + 1) % workers_.size();
  worker.adopt(std::move(socket), std::move(*permit));
  co_return true;
}

// While workers are asked, new connections wait in the kernel's queue: no more descriptors are taken than
// there are places. A worker answers within the time that it takes to parse one read buffer.
asio::awaitable<std::optional<ConnectionLimit::Permit>> Listener::take_place() {
  if (auto free = connections_.enter()) co_return std::move(free);
  observer_.bound_reached(Bound::connections);
  Worker* chosen = nullptr;
  auto since = Connection::Clock::time_point::max();
  for (auto& worker : workers_) {
    const auto waits =
        co_await asio::co_spawn(worker->context(), worker->longest_wait(), asio::use_awaitable);
    if (!waits || *waits >= since) continue;
    since = *waits;
    chosen = worker.get();
  }
  if (chosen == nullptr) co_return std::nullopt;
  co_return co_await asio::co_spawn(chosen->context(), chosen->end_longest_wait(), asio::use_awaitable);
}

asio::awaitable<void> Listener::back_off(unsigned failures) {
  if (failures == 0)
    observer_.peer_failed("a connection could not be accepted; the process may be out of descriptors");
  pause_.expires_after(kPause * (1u << std::min(failures, kDoublingsMax)));
  co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace hygiene::server
