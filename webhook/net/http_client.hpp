// An HTTP/1.1 client of one server: one request after the other on a connection that is kept, over TLS or
// plain TCP, every step with a deadline. A body is gathered up to a bound, or handed on as it arrives.
// Thread-safety: the thread of its io_context.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/wiping_buffer.hpp"
#include "base/wiping_text.hpp"
#include "net/deadline.hpp"
#include "net/dial.hpp"

namespace hygiene::net {

// Takes a part of a body, valid during the call only. An error ends the connection and is the outcome.
using BodySink = std::function<base::Result<void>(std::string_view part)>;

struct HttpRequest {
  std::string method;
  std::string target;                                        // path and query, encoded
  std::vector<std::pair<std::string, std::string>> headers;  // Host and Content-Length are added
  std::string_view bearer_token;                             // empty: none; kept until the answer came
  std::string_view body;                                     // kept until the answer came
  BodySink sink;                                             // given: takes the body of an answer 2xx
  std::chrono::milliseconds timeout{30'000};      // to the end of the answer; with a sink: of its head
  std::chrono::milliseconds sink_idle{30'000};    // with a sink: between two parts of the body
  std::chrono::milliseconds sink_total{600'000};  // with a sink: of the whole body, however it trickles
  std::size_t body_bytes_max = 16 * 1024 * 1024;  // of a body that is gathered
  GivenUp given_up;                               // null: the time alone ends it
};

struct HttpResponse {
  unsigned status = 0;
  std::optional<std::chrono::seconds> retry_after;  // RFC 9110 section 10.2.3, where given in seconds
  base::WipingText body;                            // empty where the sink took it
};

class HttpClient {
 public:
  HttpClient(const boost::asio::any_io_executor& executor, Destination to);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any status is a success. A GET on a kept connection that ends before an answer is sent once more on a new
  // one. Errors: as Dialler::open; io (the connection ended, or the time did), interrupted (it was given up),
  // syntax (not HTTP), limit (head over 64 KiB, or body), and the sink's own. Precondition: no other is under
  // way.
  boost::asio::awaitable<base::Result<HttpResponse>> send(HttpRequest request);

  // The same in steps, for whoever does something else meanwhile. ask() sends the request and leaves the
  // answer with the server and the sockets' buffers; no time counts until receive() is called. receive()
  // reads once from the connection; nothing: there is more to come. After an error nothing is under way.
  boost::asio::awaitable<base::Result<void>> ask(HttpRequest request);
  boost::asio::awaitable<base::Result<std::optional<HttpResponse>>> receive();
  // Ends the connection, and whatever is under way on it.
  void drop();

 private:
  class Parser;

  boost::asio::awaitable<base::Result<void>> begin(HttpRequest request);
  boost::asio::awaitable<base::Result<void>> connect();
  boost::asio::awaitable<base::Result<void>> put();
  // True: the answer is whole.
  boost::asio::awaitable<base::Result<bool>> read_once();
  base::Result<void> parse();
  bool may_ask_anew() const;
  base::Result<void> arm_for_body();
  HttpResponse finish();
  void drop_connection();
  base::Error give_up(base::Error why);
  void write_request();
  base::Error failed(std::string_view what, const boost::system::error_code& ec) const;

  Destination to_;
  Dialler dialler_;
  std::unique_ptr<Stream> stream_;
  std::chrono::steady_clock::time_point idle_since_;
  base::WipingBuffer buffer_;
  base::WipingText out_;
  std::unique_ptr<Parser> parser_;
  HttpRequest request_;
  std::optional<std::chrono::steady_clock::time_point> body_until_;
  bool kept_ = false;      // the connection had served another request
  bool answered_ = false;  // a byte of the answer came
  bool asked_ = false;     // by ask(), and nothing was received since
  Deadline deadline_;
};

}  // namespace hygiene::net
