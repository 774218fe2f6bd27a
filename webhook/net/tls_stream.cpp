#include "net/tls_stream.hpp"

#include <new>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "x509/server_verification.hpp"

namespace hygiene::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// One full read buffer. Longer turns leave the other connections' bytes in the kernel until no cache holds
// them: at 1 MiB, 256 KiB cost 5 % more CPU a request.
constexpr std::size_t kTurnBytes = 64 * 1024;

}  // namespace

TlsStream::TlsStream(tcp::socket socket, std::shared_ptr<const TlsSecurityProfile> context)
    : socket_(std::move(socket)), context_(std::move(context)), ssl_(SSL_new(context_->native())) {
  state_.fd = socket_.native_handle();
  BIO* bio = ssl_ == nullptr ? nullptr : new_socket_bio(context_->socket_method(), state_);
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_, bio, bio);
  error_code ignored;  // an answer that leaves later is still an answer
  socket_.set_option(tcp::no_delay(true), ignored);
}

TlsStream::TlsStream(tcp::socket socket, std::shared_ptr<const TlsContext> context)
    : TlsStream(std::move(socket), std::shared_ptr<const TlsSecurityProfile>(std::move(context))) {
  SSL_set_accept_state(ssl_);
}

TlsStream::TlsStream(tcp::socket socket, std::shared_ptr<const TlsClientContext> context,
                     const std::string& server_name)
    : TlsStream(std::move(socket), std::shared_ptr<const TlsSecurityProfile>(std::move(context))) {
  SSL_set_connect_state(ssl_);
  if (x509::expect_server_name(SSL_get0_param(ssl_), server_name) == x509::ServerName::address) return;
  if (SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(server_name.c_str())) != 1) {
    throw std::bad_alloc();
  }
}

TlsStream::~TlsStream() {
  SSL_free(ssl_);
}

TlsStream::Need TlsStream::need_after(int result) {
  Need need;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      need.wait = true;
      break;
    case SSL_ERROR_WANT_WRITE:
      need.wait = true;
      need.ready = tcp::socket::wait_write;
      break;
    case SSL_ERROR_SSL:
      need.ec = error_code(static_cast<int>(ERR_peek_error()), asio::error::get_ssl_category());
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        need.ec = asio::ssl::error::stream_truncated;
      break;
    case SSL_ERROR_SYSCALL:
      if (state_.error != 0) {
        need.ec = error_code(state_.error, boost::system::system_category());
        break;
      }
      [[fallthrough]];
    default:
      need.ec = asio::error::eof;
  }
  ERR_clear_error();
  return need;
}

asio::awaitable<error_code> TlsStream::wait(tcp::socket::wait_type ready) {
  if (ready == tcp::socket::wait_read) co_return co_await wait_for_bytes();
  since_yield_ = 0;
  auto [ec] = co_await socket_.async_wait(ready, asio::as_tuple(asio::use_awaitable));
  if (!ec && !socket_.is_open()) ec = asio::error::operation_aborted;
  co_return ec;
}

// Receives rather than waits: asio needs a system call more to wait for a socket than to read from it.
asio::awaitable<error_code> TlsStream::wait_for_bytes() {
  since_yield_ = 0;
  auto [ec, got] =
      co_await socket_.async_read_some(asio::buffer(ahead_), asio::as_tuple(asio::use_awaitable));
  if (!ec && !socket_.is_open()) ec = asio::error::operation_aborted;
  if (ec == asio::error::eof) {
    // OpenSSL says what it means: the end of TLS came before it, or did not.
    state_.eof = true;
    co_return error_code();
  }
  state_.ahead = std::string_view(ahead_.data(), got);
  state_.drained = got < ahead_.size();
  co_return ec;
}

asio::awaitable<void> TlsStream::yield_in_turn(std::size_t bytes) {
  since_yield_ += bytes;
  if (since_yield_ < kTurnBytes) co_return;
  since_yield_ = 0;
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

asio::awaitable<error_code> TlsStream::handshake() {
  while (socket_.is_open()) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) co_return error_code();
    const Need need = need_after(result);
    if (!need.wait) {
      if (ERR_GET_REASON(static_cast<unsigned long>(need.ec.value())) == SSL_R_HTTP_REQUEST)
        answer_plain_http();
      // Before anything was said, an end is an end.
      if (need.ec == asio::ssl::error::stream_truncated) co_return asio::error::eof;
      co_return need.ec;
    }
    const error_code ec = co_await wait(need.ready);
    if (ec) co_return ec;
  }
  co_return asio::error::operation_aborted;
}

// OpenSSL need not be asked to be told so. Of an end that was seen the socket says nothing a second time.
bool TlsStream::all_read() const {
  return state_.drained && !state_.eof && state_.ahead.empty() && SSL_has_pending(ssl_) == 0;
}

asio::awaitable<error_code> TlsStream::wait_readable() {
  if (read_error_ || !all_read()) co_return error_code();
  co_return co_await wait_for_bytes();
}

asio::awaitable<Transfer> TlsStream::read_some(asio::mutable_buffer into) {
  if (read_error_) co_return Transfer{read_error_, 0};
  if (since_yield_ >= kTurnBytes) co_await yield_in_turn(0);
  std::size_t total = 0;
  if (all_read()) {
    const error_code ec = co_await wait_for_bytes();
    if (ec) co_return Transfer{ec, 0};
  }
  while (socket_.is_open()) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, static_cast<char*>(into.data()) + total, into.size() - total, &got);
    if (result == 1) {
      total += got;
      since_yield_ += got;
      if (total == into.size() || (state_.drained && SSL_has_pending(ssl_) == 0))
        co_return Transfer{{}, total};
      continue;
    }
    const Need need = need_after(result);
    if (total > 0) {
      read_error_ = need.ec;
      co_return Transfer{{}, total};
    }
    if (!need.wait) co_return Transfer{need.ec, 0};
    const error_code ec = co_await wait(need.ready);
    if (ec) co_return Transfer{ec, 0};
  }
  co_return Transfer{asio::error::operation_aborted, total};
}

asio::awaitable<Transfer> TlsStream::write_all(asio::const_buffer from) {
  std::size_t total = 0;
  while (total < from.size()) {
    if (!socket_.is_open()) co_return Transfer{asio::error::operation_aborted, total};
    ERR_clear_error();
    std::size_t put = 0;
    // One call writes one record.
    state_.more = from.size() - total > SSL3_RT_MAX_PLAIN_LENGTH;
    const int result =
        SSL_write_ex(ssl_, static_cast<const char*>(from.data()) + total, from.size() - total, &put);
    if (result == 1) {
      total += put;
      continue;
    }
    const Need need = need_after(result);
    if (!need.wait) co_return Transfer{need.ec, total};
    const error_code ec = co_await wait(need.ready);
    if (ec) co_return Transfer{ec, total};
  }
  co_return Transfer{{}, total};
}

asio::awaitable<void> TlsStream::shutdown() {
  if (!socket_.is_open()) co_return;
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
  error_code ignored;  // the connection ends either way
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void TlsStream::cancel() noexcept {
  error_code ignored;  // the descriptor is gone either way
  socket_.close(ignored);
  state_.fd = -1;
}

void TlsStream::reset() noexcept {
  error_code ignored;  // it ends either way
  socket_.set_option(tcp::socket::linger(true, 0), ignored);
  cancel();
}

std::string TlsStream::refusal() const {
  const long verified = SSL_get_verify_result(ssl_);
  // Without verification the result is there all the same, and is not why a handshake failed.
  if (verified == X509_V_OK || SSL_get_verify_mode(ssl_) == SSL_VERIFY_NONE) return {};
  std::string why = X509_verify_cert_error_string(verified);
  if (verified == X509_V_ERR_CERT_HAS_EXPIRED) why += ", or the clock of this machine is ahead";
  if (verified == X509_V_ERR_CERT_NOT_YET_VALID) why += ", or the clock of this machine is behind";
  return why;
}

std::optional<x509::CertificateFacts> TlsStream::peer() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return std::nullopt;
  return x509::facts_of(certificate);
}

void TlsStream::answer_plain_http() {
  constexpr std::string_view kAnswer =
      "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
      "This port speaks HTTPS; the request came as plain HTTP.\n";
  // Best effort: a fresh connection has room for it, and nothing depends on it.
  send(state_.fd, kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace hygiene::net
