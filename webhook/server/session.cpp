#include "server/session.hpp"

#include <utility>

#include <boost/asio/error.hpp>

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

}  // namespace

Session::Session(Surroundings& around, std::unique_ptr<net::Stream> stream,
                 const asio::any_io_executor& executor)
    : around_(around),
      stream_(std::move(stream)),
      buffer_(around.bounds.read_buffer_bytes),
      parser_(around.bounds.header_bytes_max, around.bounds.body_bytes_max),
      slot_(around.slots, executor),
      bell_(executor) {}

asio::awaitable<void> Session::run() {
  try {
    co_await serve();
    abandon();
  } catch (...) {
    // Out of memory, most likely: this connection ends, the others live.
    around_.observer.peer_failed("a connection ended by an exception");
  }
  stream_->cancel();
}

asio::awaitable<void> Session::serve() {
  limit(Bound::handshake_time, around_.bounds.handshake_timeout);
  const boost::system::error_code ec = co_await stream_->handshake();
  if (ec) {
    // A peer that leaves without a word is a port scan or a load balancer's probe.
    const bool silent = ec == asio::error::eof || ec == asio::error::connection_reset;
    if (!silent) report_failure("TLS handshake: " + ec.message());
    co_return;
  }
  exchange_ = around_.service.new_exchange(around_.worker);
  bool more = true;
  while (more) more = co_await serve_request();
  if (cancelled_) co_return;
  limit(std::nullopt, kLinger);
  co_await stream_->shutdown();
  if (unread_) co_await linger();
}

asio::awaitable<void> Session::linger() {
  // Not do … while: g++ 12 compiles a co_await in the condition of one to a crash.
  bool more = true;
  while (more) {
    buffer_.consume(buffer_.data().size());
    more = co_await fill();
  }
}

asio::awaitable<bool> Session::fill() {
  const auto room = buffer_.prepare();
  const asio::mutable_buffer into(room.data(), room.size());
  const net::Transfer got = co_await stream_->read_some(into);
  buffer_.commit(got.bytes);
  co_return !got.ec;
}

asio::awaitable<bool> Session::await_request() {
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

void Session::limit(std::optional<Bound> bound, Clock::time_point deadline) {
  bound_ = bound;
  deadline_ = deadline;
}

void Session::enforce_deadline(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = Clock::time_point::max();
  if (bound_) around_.observer.bound_reached(*bound_);
  cancel();
}

std::optional<Session::Clock::time_point> Session::waits_since() const {
  return cancelled_ ? std::nullopt : waits_since_;
}

void Session::begin_drain() {
  draining_ = true;
  if (idle_) limit(std::nullopt, kDrainGrace);
}

void Session::cancel() {
  cancelled_ = true;
  stream_->cancel();
  slot_.cancel();
  bell_.cancel();
}

void Session::end_exchange() {
  open_ = false;
  slot_.release();
  buffer_.wipe();
  base::wipe_stack();
}

void Session::abandon() {
  if (!open_) return;
  exchange_->abandon();
  end_exchange();
}

void Session::report_failure(std::string_view what) {
  if (!cancelled_) around_.observer.peer_failed(what);
}

}  // namespace hygiene::server
