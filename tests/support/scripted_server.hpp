// A server on a free port of 127.0.0.1 whose answers a test writes as raw bytes, one thread a connection: for
// clients of HTTP, whatever a server may do to them. Thread-safety: internally locked; the handler is called
// by several threads, one call at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

#include "support/test_certificates.hpp"

namespace hygiene::test {

struct ScriptedRequest {
  // The value of `name` in the query, decoded; empty if there is none.
  std::string parameter(const std::string& name) const;

  std::string method;
  std::string target;
  std::string head;  // whole, with the request line
  std::string body;
  std::size_t connection = 0;  // counts from 0, in the order in which they were accepted
  std::string client_name;     // common name of the client's certificate
};

struct ScriptedAnswer {
  std::string bytes;     // status line, head and body as they go out
  bool close = false;    // the connection ends after them
  bool silence = false;  // says nothing until the client goes
  bool deaf = false;     // hears nothing more, not even the client go; with `close` it says goodbye before
  bool vanish = false;   // as if its machine were gone: no byte more, and nothing that comes is acknowledged
  std::string trickle;   // goes out after `bytes`, one byte each `trickle_pause`
  std::chrono::milliseconds trickle_pause{0};
};

struct ScriptedTls {
  Identity identity;
  const Identity* client_ca = nullptr;  // null: no client certificate is asked for
  bool demands = false;                 // no handshake without a client certificate
  int version_max = 0;                  // e.g. TLS1_2_VERSION; 0: the newest
};

class ScriptedServer {
 public:
  using Handler = std::function<ScriptedAnswer(const ScriptedRequest&)>;

  explicit ScriptedServer(Handler handler);                 // plain TCP
  ScriptedServer(Handler handler, const ScriptedTls& tls);  // TLS
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  // http://127.0.0.1:PORT or https://…
  std::string url() const;
  std::vector<ScriptedRequest> requests();
  // Until so many connections have vanished.
  void wait_for_vanished(std::size_t connections);

 private:
  void listen();
  void accept_all();
  void serve(int fd, std::size_t connection);

  Handler handler_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::mutex handler_mutex_;
  std::vector<ScriptedRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
  std::size_t vanished_ = 0;
  bool stopping_ = false;
  std::condition_variable changed_;
};

// An answer with a Content-Length; `more` are further header lines, each ended by \r\n.
ScriptedAnswer answer(int status, std::string_view body, std::string_view more = "");
// An answer whose body comes in these chunks.
ScriptedAnswer chunked(int status, const std::vector<std::string>& chunks, std::string_view more = "");
// An answer with a Status object, as an API server reports a failure.
ScriptedAnswer status_answer(int status, std::string_view reason, std::string_view message,
                             std::string_view more = "");
// None: the connection ends.
ScriptedAnswer hang_up();
// None, for as long as the client waits.
ScriptedAnswer no_answer();

}  // namespace hygiene::test
