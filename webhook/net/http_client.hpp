// An HTTP/1.1 client of one server, over TLS or plain TCP: one request at a time on a kept connection, with a
// deadline for every step. It gathers a body up to a bound, or hands it on as it arrives. Thread-safety: the
// thread of its io_context.
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
using BodySink = std::function<Result<void>(std::string_view part)>;

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
  std::optional<std::chrono::sys_seconds> date;     // the server's time, where it gives one
  base::WipingText body;                            // empty where the sink took it
};

class HttpClient {
 public:
  HttpClient(const boost::asio::any_io_executor& executor, Destination to);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends a request. Any status is a success. A GET is sent once more on a new connection if a kept one ends
  // before its answer. Errors: as Dialler::open; io (the connection or the time ended), interrupted (it was
  // given up), syntax (not HTTP), limit (head over 64 KiB, or body), and the sink's own. Precondition: no
  // other request is under way.
  boost::asio::awaitable<Result<HttpResponse>> send(HttpRequest request);

  // The same in steps, for a caller that does something else meanwhile. ask() sends the request and leaves
  // the answer with the server and the sockets' buffers; no time counts until receive() is called. receive()
  // reads once from the connection; nothing: more is to come. After an error nothing is under way.
  boost::asio::awaitable<Result<void>> ask(HttpRequest request);
  boost::asio::awaitable<Result<std::optional<HttpResponse>>> receive();
  // Ends the connection, and whatever is under way on it.
  void drop();

 private:
  class Parser;

  boost::asio::awaitable<Result<void>> begin(HttpRequest request);
  boost::asio::awaitable<Result<void>> connect();
  boost::asio::awaitable<Result<void>> put();
  // True: the answer is whole.
  boost::asio::awaitable<Result<bool>> read_once();
  Result<void> parse();
  bool may_ask_anew() const;
  Result<void> arm_for_body();
  HttpResponse finish();
  void drop_connection();
  Error give_up(Error why);
  void write_request();
  Error failed(std::string_view what, const boost::system::error_code& ec) const;

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
  bool asked_ = false;     // ask() was called, and receive() was not
  Deadline deadline_;
};

}  // namespace hygiene::net
