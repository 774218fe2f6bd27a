// An answer as the client of the API server reads it, from a real socket: the same however its bytes are cut,
// and no more body than was sent.
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "fuzz/harness.hpp"
#include "net/http_client.hpp"
#include "support/run_to_end.hpp"

using namespace hygiene;
using boost::asio::ip::tcp;
using test::require;

namespace {

struct Outcome {
  unsigned status = 0;  // 0: it was refused
  std::string body;
  bool operator==(const Outcome&) const = default;
};

class Server {
 public:
  template <class Parts>
  Outcome read(const Parts& parts) {
    boost::asio::co_spawn(context_, serve(parts), boost::asio::detached);
    net::Destination to;
    to.host = "127.0.0.1";
    to.port = acceptor_.local_endpoint().port();
    net::HttpClient client(context_.get_executor(), to);
    net::HttpRequest request;
    request.method = "GET";
    request.target = "/";
    const auto got = test::run_to_end(context_, client.send(std::move(request)));
    if (got) return {got->status, std::string(got->body.view())};
    require(test::is_sentence(got.error().message()));
    return {};
  }

 private:
  template <class Parts>
  boost::asio::awaitable<void> serve(const Parts& parts) {
    tcp::socket socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    for (const std::string_view part : parts) {
      boost::system::error_code gone;  // a client that refuses an answer leaves
      co_await boost::asio::async_write(socket, boost::asio::buffer(part),
                                        boost::asio::redirect_error(boost::asio::use_awaitable, gone));
    }
  }

  boost::asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Server server;
  const test::CutText text = test::cut_text(data, size);
  const Outcome whole = server.read(std::array{text.whole});
  require(whole == server.read(text.parts));
  require(whole.body.size() <= text.whole.size());
  return 0;
}
