#include "bench/asio_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace hygiene::bench {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class AsioStream final : public net::Stream {
 public:
  AsioStream(asio::ip::tcp::socket socket, std::shared_ptr<const net::TlsContext> context)
      : context_(std::move(context)), stream_(std::move(socket), SSL_new(context_->native())) {
    stream_.next_layer().set_option(asio::ip::tcp::no_delay(true));
  }

  asio::awaitable<error_code> handshake() override {
    auto [ec] =
        co_await stream_.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
    co_return ec;
  }

  asio::awaitable<net::Transfer> read_some(asio::mutable_buffer into) override {
    auto [ec, bytes] = co_await stream_.async_read_some(into, asio::as_tuple(asio::use_awaitable));
    net::Transfer done;
    done.ec = ec;
    done.bytes = bytes;
    co_return done;
  }

  asio::awaitable<net::Transfer> write_all(asio::const_buffer from) override {
    auto [ec, bytes] = co_await asio::async_write(stream_, from, asio::as_tuple(asio::use_awaitable));
    net::Transfer done;
    done.ec = ec;
    done.bytes = bytes;
    co_return done;
  }

  asio::awaitable<void> shutdown() override {
    SSL_set_quiet_shutdown(stream_.native_handle(), 1);  // the close_notify would wait for the peer's
    error_code ignored;
    stream_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
  }

  void cancel() noexcept override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  void reset() noexcept override { cancel(); }

 private:
  std::shared_ptr<const net::TlsContext> context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<net::Stream> make_asio_stream(asio::ip::tcp::socket socket,
                                              std::shared_ptr<const net::TlsContext> context) {
  return std::make_unique<AsioStream>(std::move(socket), std::move(context));
}

}  // namespace hygiene::bench
