// Plain TCP, for the metrics and status ports. Thread-safety: the thread of its io_context.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "net/stream.hpp"

namespace hygiene::net {

class PlainStream final : public Stream {
 public:
  explicit PlainStream(boost::asio::ip::tcp::socket socket);

  boost::asio::awaitable<boost::system::error_code> handshake() override;
  boost::asio::awaitable<boost::system::error_code> wait_readable() override;
  boost::asio::awaitable<Transfer> read_some(boost::asio::mutable_buffer into) override;
  boost::asio::awaitable<Transfer> write_all(boost::asio::const_buffer from) override;
  boost::asio::awaitable<void> shutdown() override;
  void cancel() noexcept override;

 private:
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace hygiene::net
