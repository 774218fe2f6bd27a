// TLS in which OpenSSL reads and writes the socket itself: bytes pass through no second pair of buffers, and
// one call takes in all records that are there. Raises no SIGPIPE. Thread-safety: the thread of its
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
  // The client's side. `server_name`: a DNS name or an address that the server's certificate must have.
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsClientContext> context,
            const std::string& server_name);
  ~TlsStream() override;

  // Errors: OpenSSL's, in asio's category for them, and the socket's. Answers a peer that speaks plain HTTP
  // in plain HTTP, as Go's server does.
  boost::asio::awaitable<boost::system::error_code> handshake() override;
  boost::asio::awaitable<boost::system::error_code> wait_readable() override;
  boost::asio::awaitable<Transfer> read_some(boost::asio::mutable_buffer into) override;
  boost::asio::awaitable<Transfer> write_all(boost::asio::const_buffer from) override;
  boost::asio::awaitable<void> shutdown() override;
  void cancel() noexcept override;
  void reset() noexcept override;

  // Why the peer's certificate was refused; empty: it was not.
  std::string refusal() const;
  // The peer's certificate, also if it was refused; nothing: none was received.
  std::optional<x509::CertificateFacts> peer() const;

 private:
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsSecurityProfile> context);
  // What a failed operation of OpenSSL needs: a ready socket, or, with `ec` set, nothing more.
  struct Need {
    bool wait = false;
    boost::asio::ip::tcp::socket::wait_type ready = boost::asio::ip::tcp::socket::wait_read;
    boost::system::error_code ec;
  };
  // True: all received bytes were handed out.
  bool all_read() const;
  Need need_after(int result);
  boost::asio::awaitable<boost::system::error_code> wait(boost::asio::ip::tcp::socket::wait_type ready);
  boost::asio::awaitable<boost::system::error_code> wait_for_bytes();
  // Lets other connections of this thread run after this one has used its share.
  boost::asio::awaitable<void> yield_in_turn(std::size_t bytes);
  void answer_plain_http();

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<const TlsSecurityProfile> context_;  // owns what ssl_ and its BIO are made of
  SocketState state_;
  // What a wait for bytes received: encrypted, so nothing to wipe. An ordinary review fits; of a large one
  // only the start of each round takes this way.
  std::array<char, 8 * 1024> ahead_;
  SSL* ssl_;
  boost::system::error_code read_error_;  // met after bytes that were handed over first
  std::size_t since_yield_ = 0;
};

}  // namespace hygiene::net
