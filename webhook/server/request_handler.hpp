// What a server asks of the program that it serves: it hands in the bytes of requests and gets answers. Knows
// no Secret. Thread-safety: a handler is used by its connection's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hygiene::server {

struct RequestHead {
  std::string_view method;
  std::string_view target;                    // path and query as sent, or `*`
  std::string_view content_type;              // empty if absent
  std::optional<std::size_t> content_length;  // nothing if chunked or without a body
  std::string_view host = {};                 // with the port, as the client names this server; may be empty
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // of static storage
  std::string body = {};
  std::string allow = {};    // the Allow header of a 405
  std::string headers = {};  // more lines of the head, each with its \r\n
};

// What to do with a request after its head was read.
struct Opening {
  std::optional<Answer> answer;  // given: the body is read and ignored
  std::optional<std::chrono::milliseconds>
      within;  // how long the client waits; nothing: the server's own bound
};

// Handles the requests of one connection, one after the other: open, feed…, perhaps when_ready, then finish
// or abandon.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  virtual Opening open(const RequestHead& head) = 0;
  // A part of the body, valid during the call only; never empty.
  virtual void feed(std::string_view part) = 0;
  // The body is whole. True: the answer depends on something that this thread does not have, so when_ready()
  // comes next, and then must_wait() again. False: this thread calls finish() next, before anything of
  // another handler.
  virtual bool must_wait() { return false; }
  // Calls `ready` once, on any thread, when finish() may be called; after abandon() it need not.
  virtual void when_ready(std::function<void()> ready) { ready(); }
  virtual Answer finish() = 0;
  // The request will not be finished: the connection ended, or a bound was reached.
  virtual void abandon() = 0;
  // How many bytes this request holds; 0 after finish() or abandon(), which give its slot back. Above
  // Bounds::small_kept_bytes the connection reads on only with a large slot.
  virtual std::size_t kept_bytes() const = 0;
};

class Service {
 public:
  virtual ~Service() = default;
  // Called on worker `worker`'s thread, once for each connection.
  virtual std::unique_ptr<RequestHandler> new_handler(std::size_t worker) = 0;
};

}  // namespace hygiene::server
