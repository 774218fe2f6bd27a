#include "server/http_connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>

#include "base/invariant.hpp"
#include "server/response.hpp"

namespace hygiene::server {
namespace {

namespace asio = boost::asio;

// A request that was under way to us when the server began to drain is answered, with Connection: close, if
// it comes within this: closing an idle connection at once would lose what its client has just sent, which no
// HTTP client may send again on its own.
constexpr std::chrono::milliseconds kDrainGrace{1'000};
// After an answer that came before the request's end: what is under way is read and dropped, or the peer's
// kernel would drop the answer. The peer has seen it by then, or never will.
constexpr std::chrono::milliseconds kLinger{1'000};

// The rest of a request that was answered before its end is read, so that the connection can go on, up to
// this; beyond it a new connection costs the peer less.
constexpr std::size_t kIgnoredBytesMax = 64 * 1024;
// What the handler gets at once while it has no large slot. It keeps at most eleven times as much (of an
// empty group, which is three bytes of JSON, 32), so that up to 88 KiB come beyond Bounds::small_kept_bytes.
// Smaller pieces cost time: with 4 KiB a Secret of 1 MiB takes 10 µs more.
constexpr std::size_t kPieceBytes = 8 * 1024;
// A larger answer (of /metrics) gives its memory back.
constexpr std::size_t kAnswerBytesKept = 16 * 1024;

}  // namespace

HttpConnection::HttpConnection(ConnectionContext& around, std::unique_ptr<net::Stream> stream,
                               const asio::any_io_executor& executor)
    : around_(around),
      stream_(std::move(stream)),
      buffer_(around.bounds.read_buffer_bytes),
      parser_(around.bounds.header_bytes_max, around.bounds.body_bytes_max),
      slot_(around.slots, executor),
      wakeup_(executor) {}

asio::awaitable<void> HttpConnection::run() {
  try {
    co_await serve();
    abandon();
  } catch (...) {
    // Out of memory, most likely: this connection ends, the others live.
    around_.observer.peer_failed("a connection ended by an exception");
  }
  stream_->cancel();
}

asio::awaitable<void> HttpConnection::serve() {
  limit(Bound::handshake_time, around_.bounds.handshake_timeout);
  const boost::system::error_code ec = co_await stream_->handshake();
  if (ec) {
    // A peer that leaves without a word is a port scan or a load balancer's probe.
    const bool silent = ec == asio::error::eof || ec == asio::error::connection_reset;
    if (!silent) report_failure("TLS handshake: " + ec.message());
    co_return;
  }
  handler_ = around_.service.new_handler(around_.worker);
  bool more = true;
  while (more) more = co_await serve_request();
  if (cancelled_) co_return;
  limit(std::nullopt, kLinger);
  co_await stream_->shutdown();
  if (unread_) co_await linger();
}

asio::awaitable<void> HttpConnection::linger() {
  // Not do … while: g++ 12 compiles a co_await in the condition of one to a crash.
  bool more = true;
  while (more) {
    buffer_.consume(buffer_.data().size());
    more = co_await fill();
  }
}

asio::awaitable<bool> HttpConnection::fill() {
  const auto room = buffer_.prepare();
  const asio::mutable_buffer into(room.data(), room.size());
  const net::Transfer got = co_await stream_->read_some(into);
  buffer_.commit(got.bytes);
  co_return !got.ec;
}

asio::awaitable<bool> HttpConnection::await_request() {
  parser_.reset();
  answer_.reset();
  ignored_bytes_ = 0;
  if (!waits_since_) waits_since_ = Clock::now();
  if (!buffer_.data().empty()) co_return true;  // the next of a pipeline
  if (draining_) {
    limit(std::nullopt, kDrainGrace);
  } else {
    limit(Bound::idle_time, around_.bounds.idle_timeout);
  }
  idle_ = true;
  const bool filled = co_await fill();
  idle_ = false;
  co_return filled;
}

void HttpConnection::limit(std::optional<Bound> bound, Clock::time_point deadline) {
  bound_ = bound;
  deadline_ = deadline;
}

void HttpConnection::enforce_deadline(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = Clock::time_point::max();
  if (bound_) around_.observer.bound_reached(*bound_);
  cancel();
}

std::optional<HttpConnection::Clock::time_point> HttpConnection::waits_since() const {
  return cancelled_ ? std::nullopt : waits_since_;
}

void HttpConnection::begin_drain() {
  draining_ = true;
  if (idle_) limit(std::nullopt, kDrainGrace);
}

void HttpConnection::cancel() {
  cancelled_ = true;
  stream_->cancel();
  slot_.cancel();
  wakeup_.cancel();
}

void HttpConnection::end_handler() {
  open_ = false;
  slot_.release();
  buffer_.wipe();
  base::wipe_stack();
}

void HttpConnection::abandon() {
  if (!open_) return;
  handler_->abandon();
  end_handler();
}

void HttpConnection::report_failure(std::string_view what) {
  if (!cancelled_) around_.observer.peer_failed(what);
}

asio::awaitable<bool> HttpConnection::serve_request() {
  const bool came = co_await await_request();
  if (!came) co_return false;
  Outcome outcome = Outcome::lost;
  try {
    outcome = co_await handle_request();
  } catch (const base::InvariantViolation& violation) {
    // What was decided cannot be trusted, so nothing is: the failurePolicy of the webhook's caller decides.
    around_.observer.invariant_violated(violation.what());
    outcome = reject(500, "internal error; see the server's log");
  }
  if (outcome == Outcome::lost) {
    report_failure("the connection ended within a request");
    co_return false;
  }
  end_handler();
  const bool goes_on = co_await respond();
  co_return goes_on;
}

asio::awaitable<HttpConnection::Outcome> HttpConnection::handle_request() {
  Outcome outcome = co_await receive_head();
  waits_since_.reset();
  if (outcome == Outcome::go_on) outcome = co_await open_handler();
  if (outcome == Outcome::go_on && parser_.has_body()) outcome = co_await receive_body();
  while (outcome == Outcome::go_on && open_ && handler_->must_wait()) outcome = co_await wait_for_handler();
  if (outcome != Outcome::lost && open_) answer_ = handler_->finish();
  co_return outcome;
}

asio::awaitable<HttpConnection::Outcome> HttpConnection::receive_head() {
  began_ = Clock::now();
  limit(Bound::header_time, began_ + around_.bounds.header_timeout);
  for (;;) {
    const ParseStep step = parser_.put(buffer_.data());
    buffer_.consume(step.used);
    if (step.parsed == Parsed::header) co_return Outcome::go_on;
    if (step.parsed != Parsed::need_more) co_return reject(step.parsed);
    if (buffer_.data().size() == buffer_.capacity()) co_return reject(Parsed::header_too_large);
    const bool filled = co_await fill();
    if (!filled) co_return Outcome::lost;
  }
}

asio::awaitable<HttpConnection::Outcome> HttpConnection::open_handler() {
  const Expectation expectation = parser_.expectation();
  if (expectation == Expectation::other) co_return reject(417, "the only expectation served is 100-continue");
  Opening opening = handler_->open(parser_.head());
  const auto within = around_.bounds.request_timeout;
  limit(Bound::request_time, began_ + std::min(within, opening.within.value_or(within)));
  if (opening.answer) {
    answer_ = std::move(opening.answer);
    const bool too_long = parser_.head().content_length.value_or(0) > kIgnoredBytesMax;
    if (!parser_.has_body() || (expectation == Expectation::none && !too_long)) co_return Outcome::go_on;
    close_ = unread_ = true;
    co_return Outcome::answered;
  }
  open_ = true;
  if (expectation == Expectation::proceed && parser_.has_body() && buffer_.data().empty()) {
    const asio::const_buffer from(kContinue.data(), kContinue.size());
    const net::Transfer put = co_await stream_->write_all(from);
    if (put.ec) co_return Outcome::lost;
  }
  co_return Outcome::go_on;
}

asio::awaitable<HttpConnection::Outcome> HttpConnection::receive_body() {
  bool more = buffer_.data().empty();
  for (;;) {
    if (more) {
      const bool filled = co_await fill();
      if (!filled) co_return Outcome::lost;
    }
    const ParseStep step = parser_.put(buffer_.data());
    const Outcome outcome = take_part(step);
    if (outcome == Outcome::go_on && open_) {
      const bool fed = co_await feed(step.part, step.parsed == Parsed::done);
      if (!fed) co_return Outcome::lost;
    }
    buffer_.consume(step.used);
    if (outcome != Outcome::go_on) co_return outcome;
    if (step.parsed == Parsed::done) co_return Outcome::go_on;
    more = step.parsed == Parsed::need_more || buffer_.data().empty();
    // A line between two chunks, or a trailer, that does not end.
    if (buffer_.data().size() == buffer_.capacity()) co_return reject(Parsed::bad);
  }
}

// False if the request was cancelled while it waited for a slot. Behind the `last` part nothing needs one.
asio::awaitable<bool> HttpConnection::feed(std::string_view part, bool last) {
  while (!part.empty()) {
    const std::string_view piece = slot_.held() ? part : part.substr(0, kPieceBytes);
    handler_->feed(piece);
    part.remove_prefix(piece.size());
    if (slot_.held() || handler_->kept_bytes() <= around_.bounds.small_kept_bytes) continue;
    if (last && part.empty()) continue;
    if (!around_.slots.any_free()) around_.observer.bound_reached(Bound::kept_bytes);
    const bool taken = co_await slot_.take();
    if (!taken) co_return false;
  }
  co_return true;
}

asio::awaitable<HttpConnection::Outcome> HttpConnection::wait_for_handler() {
  // The wait may be long, and what lies in the buffer was read.
  buffer_.wipe();
  base::wipe_stack();
  handler_->when_ready(wakeup_.notifier());
  const bool rung = co_await wakeup_.wait();
  co_return rung ? Outcome::go_on : Outcome::lost;
}

HttpConnection::Outcome HttpConnection::take_part(const ParseStep& step) {
  if (step.parsed == Parsed::body_too_large || step.parsed == Parsed::bad) return reject(step.parsed);
  if (step.part.empty() || open_) return Outcome::go_on;
  ignored_bytes_ += step.part.size();
  if (ignored_bytes_ <= kIgnoredBytesMax || step.parsed == Parsed::done) return Outcome::go_on;
  close_ = unread_ = true;
  return Outcome::answered;
}

asio::awaitable<bool> HttpConnection::respond() {
  limit(Bound::write_time, around_.bounds.write_timeout);
  close_ = close_ || !parser_.keep_alive() || draining_;
  ResponseOptions options;
  options.now = std::chrono::system_clock::now();
  options.close = close_;
  options.head_only = parser_.is_head_request();
  render(*answer_, options, out_);
  const asio::const_buffer from(out_.data(), out_.size());
  const net::Transfer put = co_await stream_->write_all(from);
  if (out_.capacity() > kAnswerBytesKept) std::string().swap(out_);
  if (put.ec) report_failure("the connection ended within an answer");
  co_return !put.ec && !close_;
}

HttpConnection::Outcome HttpConnection::reject(Parsed parsed) {
  if (parsed == Parsed::header_too_large) {
    around_.observer.bound_reached(Bound::header);
    return reject(431, "the header is larger than this server accepts");
  }
  if (parsed == Parsed::body_too_large) {
    around_.observer.bound_reached(Bound::body);
    return reject(413, "the body is larger than this server accepts");
  }
  around_.observer.peer_failed("a request that is not HTTP/1.1");
  return reject(400, "this is not a request of HTTP/1.1");
}

HttpConnection::Outcome HttpConnection::reject(unsigned status, const char* sentence) {
  abandon();
  answer_ = plain_answer(status, sentence);
  close_ = unread_ = true;
  return Outcome::answered;
}

}  // namespace hygiene::server
