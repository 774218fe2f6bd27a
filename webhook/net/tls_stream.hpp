// TLS with OpenSSL reading and writing the socket itself: no bytes pass through a second pair of buffers, and
// one call takes in as many records as there are. Raises no SIGPIPE. Thread-safety: the thread of its
// io_context.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "net/socket_bio.hpp"
#include "net/stream.hpp"
#include "net/tls_client_context.hpp"
#include "net/tls_context.hpp"

typedef struct ssl_st SSL;

namespace hygiene::net {

class TlsStream final : public Stream {
 public:
  // Throw std::bad_alloc. The server's side:
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsContext> context);
  // The client's side; `server_name`, a DNS name or an address, is what the server's certificate must bear.
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsClientContext> context,
            const std::string& server_name);
  ~TlsStream() override;

  // Errors: OpenSSL's, in asio's category of them, and the socket's. A peer that speaks plain HTTP is told so
  // in the clear, as Go's server does.
  boost::asio::awaitable<boost::system::error_code> handshake() override;
  boost::asio::awaitable<boost::system::error_code> wait_readable() override;
  boost::asio::awaitable<Transfer> read_some(boost::asio::mutable_buffer into) override;
  boost::asio::awaitable<Transfer> write_all(boost::asio::const_buffer from) override;
  boost::asio::awaitable<void> shutdown() override;
  void cancel() noexcept override;
  void reset() noexcept override;

  // Why the peer's certificate was refused; empty if it was not.
  std::string refusal() const;
  // The peer's certificate, whether or not it was refused; nothing if none was received.
  std::optional<x509::CertificateFacts> peer() const;

 private:
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsRules> context);
  // What an operation of OpenSSL that did not succeed needs: the socket to be ready, or nothing more, for
  // `ec`.
  struct Need {
    bool wait = false;
    boost::asio::ip::tcp::socket::wait_type ready = boost::asio::ip::tcp::socket::wait_read;
    boost::system::error_code ec;
  };
  // Nothing that came is left to hand out.
  bool all_read() const;
  Need need_after(int result);
  boost::asio::awaitable<boost::system::error_code> wait(boost::asio::ip::tcp::socket::wait_type ready);
  boost::asio::awaitable<boost::system::error_code> wait_for_bytes();
  // Lets the other connections of this thread run when this one has used more than its share.
  boost::asio::awaitable<void> yield_in_turn(std::size_t bytes);
  void answer_plain_http();

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<const TlsRules> context_;  // owns what ssl_ and its BIO are made of
  SocketState state_;
  // What a wait for bytes received: encrypted, so nothing to wipe. An ordinary review fits; of a large one
  // only the start of each round takes this way.
  std::array<char, 8 * 1024> ahead_;
  SSL* ssl_;
  boost::system::error_code read_error_;  // met after bytes that were handed over first
  std::size_t since_yield_ = 0;
};

}  // namespace hygiene::net
