#include "net/plain_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace hygiene::net {

namespace asio = boost::asio;
using boost::system::error_code;

PlainStream::PlainStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  error_code ignored;  // an answer that leaves later is still an answer
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<error_code> PlainStream::handshake() {
  co_return error_code();
}

asio::awaitable<error_code> PlainStream::wait_readable() {
  auto [ec] =
      co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
  co_return ec;
}

asio::awaitable<Transfer> PlainStream::read_some(asio::mutable_buffer into) {
  auto [ec, bytes] = co_await socket_.async_read_some(into, asio::as_tuple(asio::use_awaitable));
  Transfer done;
  done.ec = ec;
  done.bytes = bytes;
  co_return done;
}

asio::awaitable<Transfer> PlainStream::write_all(asio::const_buffer from) {
  auto [ec, bytes] = co_await asio::async_write(socket_, from, asio::as_tuple(asio::use_awaitable));
  Transfer done;
  done.ec = ec;
  done.bytes = bytes;
  co_return done;
}

asio::awaitable<void> PlainStream::shutdown() {
  error_code ignored;  // the connection ends either way
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  co_return;
}

void PlainStream::cancel() noexcept {
  error_code ignored;  // the descriptor is gone either way
  socket_.close(ignored);
}

}  // namespace hygiene::net
