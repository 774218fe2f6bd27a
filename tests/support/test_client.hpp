// A blocking client of 127.0.0.1 for tests: TCP by POSIX sockets, TLS by OpenSSL over them. Every read gives
// up after ten seconds, so that a test of a server that hangs fails. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "support/test_certificates.hpp"

namespace hygiene::test {

struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

struct TlsWish {
  std::string alpn;                    // in wire format, e.g. "\x02h2\x08http/1.1"; empty: none
  int version_max = 0;                 // 0: any
  const Identity* identity = nullptr;  // the client's own certificate
};

// False once the peer has gone. `ssl`: null for plain bytes.
bool send_all(SSL* ssl, int fd, std::string_view bytes);

class TestClient {
 public:
  explicit TestClient(std::uint16_t port);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // True if the handshake succeeded on this side (under TLS 1.3 the server may still refuse a client
  // certificate).
  bool start_tls(const TlsWish& wish = TlsWish());
  std::string alpn() const;
  std::string tls_version() const;

  // False once the connection is gone.
  bool send(std::string_view bytes);
  // Whatever comes next; empty at the end of the connection, in order or not.
  std::string receive();
  // The next answer, by its Content-Length; nothing if the connection ends before it is whole.
  std::optional<HttpAnswer> receive_answer(bool to_head = false);
  // True if the connection ends, with nothing more said.
  bool ends();
  void half_close();
  // As small as the system allows, so that a peer's writes soon find no room.
  void shrink_receive_buffer();

 private:
  int fd_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  std::string received_;
};

// `POST target` with a Content-Length and further header lines, each ended by \r\n.
std::string post(std::string_view target, std::string_view body, std::string_view more = "");

}  // namespace hygiene::test
