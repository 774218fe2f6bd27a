// A connection's byte stream: TLS directly on the socket (OpenSSL), plain TCP, or, for comparison in the
// benchmark, asio::ssl. cancel() ends every operation with operation_aborted; deadlines are the caller's.
// Thread-safety: the thread of its io_context.
#pragma once

#include <cstddef>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace hygiene::net {

struct Transfer {
  boost::system::error_code ec;
  std::size_t bytes = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // The TLS handshake, as client or server; plain TCP succeeds at once.
  virtual boost::asio::awaitable<boost::system::error_code> handshake() = 0;
  // Waits until read_some() has bytes or an error; may return earlier. A caller that waits for long needs no
  // buffer meanwhile.
  virtual boost::asio::awaitable<boost::system::error_code> wait_readable() {
    co_return boost::system::error_code();
  }
  // Reads at least one byte. Errors: eof (the peer closed); stream_truncated (boost/asio/ssl/error.hpp: a
  // server closed without a close_notify, which tells the end of TLS from a cut).
  virtual boost::asio::awaitable<Transfer> read_some(boost::asio::mutable_buffer into) = 0;
  virtual boost::asio::awaitable<Transfer> write_all(boost::asio::const_buffer from) = 0;
  // Sends close_notify and FIN without waiting for the peer's.
  virtual boost::asio::awaitable<void> shutdown() = 0;
  // Ends pending operations and the connection, without a close_notify. A peer that ignores TLS's end may
  // take the FIN for an orderly end.
  virtual void cancel() noexcept = 0;
  // The same by a reset, which no peer takes for an orderly end. What the peer has not read may be lost.
  virtual void reset() noexcept = 0;
};

}  // namespace hygiene::net
