#include "net/plain_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace hygiene::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class PlainStream final : public Stream {
 public:
  explicit PlainStream(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;  // an answer that leaves later is still an answer
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  asio::awaitable<error_code> handshake() override { co_return error_code(); }

  asio::awaitable<error_code> wait_readable() override {
    auto [ec] = co_await socket_.async_wait(tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
    co_return ec;
  }

  asio::awaitable<Transfer> read_some(asio::mutable_buffer into) override {
    auto [ec, bytes] = co_await socket_.async_read_some(into, asio::as_tuple(asio::use_awaitable));
    co_return Transfer{ec, bytes};
  }

  asio::awaitable<Transfer> write_all(asio::const_buffer from) override {
    auto [ec, bytes] = co_await asio::async_write(socket_, from, asio::as_tuple(asio::use_awaitable));
    co_return Transfer{ec, bytes};
  }

  asio::awaitable<void> shutdown() override {
    error_code ignored;  // the connection ends either way
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }

  void cancel() noexcept override {
    error_code ignored;  // the descriptor is gone either way
    socket_.close(ignored);
  }

  void reset() noexcept override {
    error_code ignored;  // it ends either way
    socket_.set_option(tcp::socket::linger(true, 0), ignored);
    cancel();
  }

 private:
  tcp::socket socket_;
};

}  // namespace

std::unique_ptr<Stream> plain_stream(tcp::socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace hygiene::net
