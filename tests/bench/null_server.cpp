// The smallest honest server to compare with: Beast and asio::ssl, a body read into a string, a fixed answer.
// null_server PORT THREADS CERTIFICATE KEY; prints a line once it listens.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using TlsStream = beast::ssl_stream<tcp::socket>;

constexpr std::size_t kReadBufferBytes = 64 * 1024;  // an empty flat_buffer reads 512 bytes at a time
constexpr std::size_t kBodyBytesMax = 20 * 1024 * 1024;
constexpr char kAnswer[] =
    R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"00000000-0000-0000-0000-000000000000","allowed":true}})";

int choose_http11(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                  unsigned offered_size, void*) {
  static const unsigned char kProtocols[] = "\x08http/1.1";
  unsigned char* picked = nullptr;
  const int result =
      SSL_select_next_proto(&picked, size, kProtocols, sizeof kProtocols - 1, offered, offered_size);
  *chosen = picked;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

asio::awaitable<void> serve(tcp::socket socket, asio::ssl::context* context) {
  socket.set_option(tcp::no_delay(true));
  TlsStream stream(std::move(socket), *context);
  auto [failed] =
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
  if (failed) co_return;
  beast::flat_buffer buffer;
  buffer.reserve(kReadBufferBytes);
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kBodyBytesMax);
    auto [read_error, got] =
        co_await http::async_read(stream, buffer, parser, asio::as_tuple(asio::use_awaitable));
    if (read_error) co_return;
    http::response<http::string_body> response(http::status::ok, parser.get().version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(parser.get().keep_alive());
    response.body() = kAnswer;
    response.prepare_payload();
    auto [write_error, put] =
        co_await http::async_write(stream, response, asio::as_tuple(asio::use_awaitable));
    if (write_error || !response.keep_alive()) co_return;
  }
}

asio::awaitable<void> accept_all(tcp::acceptor* acceptor, std::vector<asio::io_context>* contexts,
                                 asio::ssl::context* tls) {
  for (std::size_t turn = 0;; turn = (turn + 1) % contexts->size()) {
    asio::io_context& context = (*contexts)[turn];
    auto [ec, socket] = co_await acceptor->async_accept(context, asio::as_tuple(asio::use_awaitable));
    if (!ec) asio::co_spawn(context, serve(std::move(socket), tls), asio::detached);
  }
}

int run(const char* port, const char* thread_count, const char* certificate, const char* key) {
  asio::ssl::context tls(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(tls.native_handle(), 0);
  SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(tls.native_handle(), choose_http11, nullptr);
  tls.use_certificate_chain_file(certificate);
  tls.use_private_key_file(key, asio::ssl::context::pem);

  std::vector<asio::io_context> contexts(static_cast<std::size_t>(std::max(1, std::atoi(thread_count))));
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  for (auto& context : contexts) guards.emplace_back(context.get_executor());
  tcp::acceptor acceptor(contexts.front(), tcp::endpoint(asio::ip::address_v4::loopback(),
                                                         static_cast<std::uint16_t>(std::atoi(port))));
  asio::co_spawn(contexts.front(), accept_all(&acceptor, &contexts, &tls), asio::detached);
  std::printf("null_server listens on 127.0.0.1:%u\n", unsigned{acceptor.local_endpoint().port()});
  std::fflush(stdout);
  std::vector<std::thread> threads;
  for (auto& context : contexts) threads.emplace_back([&context] { context.run(); });
  for (auto& thread : threads) thread.join();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: null_server PORT THREADS CERTIFICATE KEY\n", stderr);
    return 2;
  }
  try {
    return run(arguments[1], arguments[2], arguments[3], arguments[4]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "null_server: %s\n", error.what());
    return 1;
  }
}
