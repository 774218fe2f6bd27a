// One connection's bytes, whatever carries them. Implemented by TLS directly on the socket (OpenSSL), by
// plain TCP, and, for comparison in the benchmark, by asio::ssl. Every operation ends early with
// operation_aborted when cancel() is called; deadlines are the caller's. Thread-safety: the thread of its
// io_context.
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

  // Of TLS, on whichever side the stream is; plain TCP has none and succeeds at once.
  virtual boost::asio::awaitable<boost::system::error_code> handshake() = 0;
  // Until read_some() has something to say, bytes or an error, or earlier: so that who waits for long need
  // hold no buffer meanwhile.
  virtual boost::asio::awaitable<boost::system::error_code> wait_readable() {
    co_return boost::system::error_code();
  }
  // At least one byte, or an error: eof when the peer closed. Where a server closed without the close_notify
  // that tells the end of TLS from a cut, stream_truncated (boost/asio/ssl/error.hpp).
  virtual boost::asio::awaitable<Transfer> read_some(boost::asio::mutable_buffer into) = 0;
  virtual boost::asio::awaitable<Transfer> write_all(boost::asio::const_buffer from) = 0;
  // Says goodbye (close_notify, FIN) without waiting for the peer's.
  virtual boost::asio::awaitable<void> shutdown() = 0;
  // Ends whatever is pending, and the connection: without a close_notify, but a peer that heeds none may take
  // the FIN for an end in order.
  virtual void cancel() noexcept = 0;
  // The same by a reset, which nobody takes for an end in order. What the peer has not read may be lost.
  virtual void reset() noexcept = 0;
};

}  // namespace hygiene::net
