#include "net/dial.hpp"

#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/wiping_text.hpp"
#include "net/deadline.hpp"
#include "net/host_port.hpp"
#include "net/plain_stream.hpp"
#include "net/tls_stream.hpp"

namespace hygiene::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kProxyHeadBytesMax = 16 * 1024;

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
  return origin_of(tls != nullptr, {host, port});
}

std::string HttpProxy::url() const {
  return origin_of(false, {host, port});
}

Dialler::Dialler(const asio::any_io_executor& executor) : connector_(executor), socket_(executor) {}

asio::awaitable<Result<void>> Dialler::tunnel(const Destination& to) {
  const std::string target = to_string(HostPort{to.host, to.port});
  const auto refuse = [&](const std::string& why) {
    return Error(Errc::io, "cannot reach " + to.url() + " through the proxy " + to.proxy->url() + ": " + why);
  };
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!to.proxy->authorization.empty()) {
    request += "Proxy-Authorization: " + to.proxy->authorization + "\r\n";
  }
  request += "\r\n";
  const auto [unsent, sent] =
      co_await asio::async_write(socket_, asio::buffer(request), asio::as_tuple(asio::use_awaitable));
  base::wipe(request);
  if (unsent) co_return refuse(unsent.message());
  std::string head(kProxyHeadBytesMax, '\0');
  std::size_t size = 0;
  while (!std::string_view(head).substr(0, size).ends_with("\r\n\r\n")) {
    if (size == head.size()) co_return refuse("its response header is too long");
    // Byte by byte: what follows is the server's. Some hundred bytes, once a connection.
    const auto [ec, got] =
        co_await socket_.async_read_some(asio::buffer(&head[size], 1), asio::as_tuple(asio::use_awaitable));
    if (ec) co_return refuse(ec == asio::error::eof ? "it ended the connection" : ec.message());
    size += got;
  }
  const bool is_http = head.starts_with("HTTP/1.") && size > 12;
  if (!is_http) co_return refuse("it does not answer in HTTP/1.1");
  const std::string status = head.substr(9, 3);
  if (!status.starts_with('2')) co_return refuse("it answered " + status + " to CONNECT");
  co_return Result<void>();
}

asio::awaitable<Result<std::unique_ptr<Stream>>> Dialler::open(Destination to) {
  cancelled_ = false;
  shown_.reset();
  const std::string& host = to.proxy ? to.proxy->host : to.host;
  auto connected = co_await connector_.connect(host, to.proxy ? to.proxy->port : to.port);
  if (!connected) {
    const std::string through = to.proxy ? " through the proxy " + to.proxy->url() : "";
    co_return Error(Errc::io, "cannot reach " + to.url() + through + ": " + connected.error().message());
  }
  socket_ = std::move(*connected);
  if (to.proxy) {
    const Result<void> open = co_await tunnel(to);
    if (!open) co_return open.error();
  }
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
  connector_.cancel();
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
