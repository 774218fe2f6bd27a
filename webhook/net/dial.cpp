#include "net/dial.hpp"

#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/deadline.hpp"
#include "net/host_port.hpp"
#include "net/plain_stream.hpp"
#include "net/tls_stream.hpp"

namespace hygiene::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Errc;
using base::Error;
using base::Result;
using boost::system::error_code;

// On failure the kernel's own limits hold.
void probe_peer(tcp::socket& socket, const PeerProbes& probes) {
  const auto set = [fd = socket.native_handle()](int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(probes.idle.count()));
  set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(probes.interval.count()));
  set(IPPROTO_TCP, TCP_KEEPCNT, probes.count);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(probes.unacknowledged.count()));
}

}  // namespace

std::string Destination::url() const {
  return (tls ? "https://" : "http://") + to_string(HostPort{host, port});
}

Dialler::Dialler(const asio::any_io_executor& executor)
    : executor_(executor), resolver_(executor), socket_(executor) {}

asio::awaitable<error_code> Dialler::connect(Destination to) {
  std::vector<tcp::endpoint> endpoints;
  error_code ec;
  const auto address = asio::ip::make_address(to.host, ec);
  if (!ec) {
    endpoints.emplace_back(address, to.port);
  } else {
    auto [failed, found] = co_await resolver_.async_resolve(to.host, std::to_string(to.port),
                                                            asio::as_tuple(asio::use_awaitable));
    if (failed) co_return failed;
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  if (cancelled_) co_return asio::error::operation_aborted;
  auto [refused, reached] =
      co_await asio::async_connect(socket_, endpoints, asio::as_tuple(asio::use_awaitable));
  if (!refused && cancelled_) co_return asio::error::operation_aborted;
  co_return refused;
}

asio::awaitable<Result<std::unique_ptr<Stream>>> Dialler::open(Destination to) {
  cancelled_ = false;
  shown_.reset();
  socket_ = tcp::socket(executor_);
  const error_code unreachable = co_await connect(to);
  if (unreachable) co_return Error(Errc::io, "cannot reach " + to.url() + ": " + unreachable.message());
  if (to.probes) probe_peer(socket_, *to.probes);
  TlsStream* tls = nullptr;
  if (to.tls) {
    auto made = std::make_unique<TlsStream>(std::move(socket_), to.tls,
                                            to.server_name.empty() ? to.host : to.server_name);
    tls = made.get();
    stream_ = std::move(made);
  } else {
    stream_ = plain_stream(std::move(socket_));
  }
  const error_code ec = co_await stream_->handshake();
  auto stream = std::move(stream_);
  if (tls != nullptr) shown_ = tls->peer();
  if (!ec) co_return stream;
  // Once the certificate is refused the handshake ends; a certificate may also be refused and not looked at.
  const std::string refusal = cancelled_ ? std::string() : tls->refusal();
  if (!refusal.empty()) {
    co_return Error(Errc::denied, "the certificate of " + to.url() + " is not trusted: " + refusal);
  }
  co_return Error(Errc::io, "the TLS handshake with " + to.url() + " failed: " + ec.message());
}

void Dialler::cancel() noexcept {
  cancelled_ = true;
  resolver_.cancel();
  error_code ignored;  // the descriptor is gone either way
  socket_.close(ignored);
  if (stream_) stream_->cancel();
}

asio::awaitable<Result<x509::CertificateFacts>> certificate_shown_by(Destination to,
                                                                     std::chrono::milliseconds within) {
  auto made = TlsClientContext::make({.ca_pem = {}, .certificate_pem = {}, .key_pem = {}, .verify = false});
  if (!made) co_return made.error();
  to.tls = *made;
  const auto executor = co_await asio::this_coro::executor;
  Dialler dialler(executor);
  Deadline deadline(executor, [&dialler] { dialler.cancel(); });
  deadline.arm(within);
  auto opened = co_await dialler.open(to);
  deadline.disarm();
  if (opened) {
    co_await (*opened)->shutdown();
    (*opened)->cancel();
  }
  // A server that demands a certificate of its client has shown its own by then.
  if (dialler.shown()) co_return *dialler.shown();
  if (deadline.expired()) co_return Error(Errc::io, to.url() + " did not answer in time");
  if (!opened) co_return opened.error();
  co_return Error(Errc::io, to.url() + " showed no certificate");
}

}  // namespace hygiene::net
