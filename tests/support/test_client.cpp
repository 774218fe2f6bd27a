#include "support/test_client.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace hygiene::test {

TestClient::TestClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own socket BIO writes without MSG_NOSIGNAL
  const timeval patience{10, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd_);
    throw std::runtime_error("the test client cannot connect");
  }
}

TestClient::~TestClient() {
  ssl_.reset();
  close(fd_);
}

bool TestClient::start_tls(const TlsWish& wish) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (wish.version_max != 0) SSL_CTX_set_max_proto_version(context_.get(), wish.version_max);
  if (wish.identity != nullptr) {
    SSL_CTX_use_certificate(context_.get(), wish.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), wish.identity->key.get());
  }
  ssl_.reset(SSL_new(context_.get()));
  if (!wish.alpn.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wish.alpn.data()),
                        static_cast<unsigned>(wish.alpn.size()));
  }
  SSL_set_fd(ssl_.get(), fd_);
  return SSL_connect(ssl_.get()) == 1;
}

std::string TestClient::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

std::string TestClient::tls_version() const {
  return SSL_get_version(ssl_.get());
}

bool send_all(SSL* ssl, int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = ssl ? SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()))
                         : ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool TestClient::send(std::string_view bytes) {
  return send_all(ssl_.get(), fd_, bytes);
}

std::string TestClient::receive() {
  if (!received_.empty()) return std::exchange(received_, {});
  std::string bytes(64 * 1024, '\0');
  const auto got = ssl_ ? SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                        : ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (got < 0 && !ssl_ && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    throw std::runtime_error("the server said nothing for ten seconds");
  }
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::optional<HttpAnswer> TestClient::receive_answer(bool to_head) {
  std::string text;
  for (;;) {
    if (const auto end = text.find("\r\n\r\n"); end != std::string::npos) {
      HttpAnswer answer;
      answer.head = text.substr(0, end + 4);
      answer.status = std::atoi(answer.head.c_str() + answer.head.find(' '));
      const auto length = answer.head.find("Content-Length: ");
      std::size_t size = 0;
      if (length != std::string::npos && !to_head)
        size = std::strtoul(answer.head.c_str() + length + 16, nullptr, 10);
      if (text.size() >= end + 4 + size) {
        answer.body = text.substr(end + 4, size);
        received_ = text.substr(end + 4 + size);
        return answer;
      }
    }
    const std::string more = receive();
    if (more.empty()) return std::nullopt;
    text += more;
  }
}

bool TestClient::ends() {
  return receive().empty();
}

void TestClient::half_close() {
  if (ssl_) SSL_shutdown(ssl_.get());
  ::shutdown(fd_, SHUT_WR);
}

void TestClient::shrink_receive_buffer() {
  const int smallest = 1;
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest);
}

std::string post(std::string_view target, std::string_view body, std::string_view more) {
  std::string request = "POST ";
  request += target;
  request += " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  request += more;
  request += "\r\n";
  request += body;
  return request;
}

}  // namespace hygiene::test
