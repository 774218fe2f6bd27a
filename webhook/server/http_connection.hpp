// A connection from its handshake to its end: a coroutine that reads requests, feeds them to a RequestHandler
// as they come, and answers. Every wait has a deadline, which the worker enforces. Thread-safety: the
// worker's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/wiping_buffer.hpp"
#include "net/stream.hpp"
#include "server/bounds.hpp"
#include "server/connection.hpp"
#include "server/memory_slots.hpp"
#include "server/observer.hpp"
#include "server/request_handler.hpp"
#include "server/request_parser.hpp"
#include "server/wakeup.hpp"

namespace hygiene::server {

// What the connections of a worker share. Must outlive them.
struct ConnectionContext {
  const Bounds& bounds;
  Service& service;
  Observer& observer;
  std::size_t worker;
  MemorySlots slots;
};

class HttpConnection final : public Connection {
 public:
  HttpConnection(ConnectionContext& around, std::unique_ptr<net::Stream> stream,
                 const boost::asio::any_io_executor& executor);

  boost::asio::awaitable<void> run() override;
  void enforce_deadline(Clock::time_point now) override;
  std::optional<Clock::time_point> waits_since() const override;
  // A busy connection ends after its answer, an idle one after a moment in which a request may still come.
  void begin_drain() override;
  void cancel() override;

 private:
  // What became of a request, or of a part of it.
  enum class Outcome { go_on, answered, lost };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<bool> serve_request();
  boost::asio::awaitable<bool> await_request();
  boost::asio::awaitable<Outcome> handle_request();
  boost::asio::awaitable<Outcome> receive_head();
  boost::asio::awaitable<Outcome> open_handler();
  boost::asio::awaitable<Outcome> receive_body();
  boost::asio::awaitable<Outcome> wait_for_handler();
  Outcome take_part(const ParseStep& step);
  boost::asio::awaitable<bool> feed(std::string_view part, bool last);
  boost::asio::awaitable<bool> respond();
  boost::asio::awaitable<bool> fill();
  boost::asio::awaitable<void> linger();

  Outcome reject(unsigned status, const char* sentence);
  Outcome reject(Parsed parsed);
  void end_handler();
  void abandon();
  void report_failure(std::string_view what);
  void limit(std::optional<Bound> bound, Clock::time_point deadline);
  void limit(std::optional<Bound> bound, std::chrono::milliseconds from_now) {
    limit(bound, Clock::now() + from_now);
  }

  ConnectionContext& around_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<RequestHandler> handler_;
  base::WipingBuffer buffer_;
  RequestParser parser_;
  MemorySlots::Claim slot_;
  Wakeup wakeup_;
  std::string out_;

  // About the request at hand.
  std::optional<Answer> answer_;
  Clock::time_point began_;
  std::size_t ignored_bytes_ = 0;
  bool open_ = false;    // the handler was opened, and neither finished nor abandoned
  bool unread_ = false;  // answered before the request was read to its end
  bool close_ = false;   // the connection ends with this answer

  // About the connection.
  std::optional<Bound> bound_;  // the bound that deadline_ stands for
  Clock::time_point deadline_ = Clock::time_point::max();
  std::optional<Clock::time_point> waits_since_ = Clock::now();
  bool cancelled_ = false;
  bool idle_ = false;
  bool draining_ = false;
};

}  // namespace hygiene::server
