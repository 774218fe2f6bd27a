#include "proxy/relay.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/refusal.hpp"

namespace hygiene::proxy {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// As for the webhook: a request that was under way when the drain began is still served, and what a client
// still sends after its answer is read and dropped, or its kernel would drop the answer.
constexpr std::chrono::milliseconds kDrainGrace{1'000};
constexpr std::chrono::milliseconds kLinger{1'000};

}  // namespace

Relay::Relay(Surroundings& around, std::unique_ptr<net::Stream> client, const asio::any_io_executor& executor)
    : around_(around),
      executor_(executor),
      client_(std::move(client)),
      buffer_(nullptr, BufferPool::Return{&around.buffers}),
      signal_(executor) {}

Relay::~Relay() = default;

asio::awaitable<void> Relay::run() {
  try {
    co_await serve();
  } catch (...) {
    // Out of memory, most likely: this connection ends, the others live.
    around_.connections.peer_failed("a connection ended by an exception");
  }
  cancel();
  while (answering_) co_await await_signal();
  if (watches_ > 0) around_.observer.watches(-static_cast<int>(watches_));
}

asio::awaitable<void> Relay::serve() {
  limit(server::Bound::handshake_time, around_.times.handshake);
  const error_code ec = co_await client_->handshake();
  if (ec) {
    // A peer that leaves without a word is a port scan.
    const bool silent = ec == asio::error::eof || ec == asio::error::connection_reset;
    if (!silent && !cancelled_) around_.connections.peer_failed("TLS handshake: " + ec.message());
    co_return;
  }
  limit(server::Bound::idle_time, around_.times.first_request);
  const Outcome outcome = co_await pass_requests();
  co_await end(outcome);
}

asio::awaitable<void> Relay::end(Outcome outcome) {
  no_limit();
  if (outcome == Outcome::lost || cancelled_) co_return;
  if (outcome == Outcome::ended && answering_) {
    // The API server ends a request whose client has ended its side; what it says until then still passes.
    end_by_ = Clock::now() + around_.times.half_closed;
    co_await upstream_->shutdown();
    while (answering_) co_await await_signal();
  }
  if (cancelled_) co_return;
  end_by_ = Clock::now() + kLinger;
  co_await client_->shutdown();
  if (!client_ended_) co_await linger();
}

asio::awaitable<void> Relay::linger() {
  // Not do … while: g++ 12 compiles a co_await in the condition of one to a crash.
  bool more = true;
  while (more) {
    if (buffer_) buffer_->consume(buffer_->data().size());
    more = co_await receive();
  }
}

asio::awaitable<bool> Relay::receive() {
  if (buffer_ && buffer_->data().empty()) buffer_.reset();
  if (!buffer_) {
    const error_code ec = co_await client_->wait_readable();
    client_ended_ = ec == asio::error::eof;
    if (ec) co_return false;
    buffer_ = around_.buffers.lend();
  }
  const auto room = buffer_->prepare();
  const net::Transfer got = co_await client_->read_some(asio::mutable_buffer(room.data(), room.size()));
  buffer_->commit(got.bytes);
  client_ended_ = got.ec == asio::error::eof;
  co_return !got.ec;
}

asio::awaitable<Relay::Outcome> Relay::refuse(unsigned status, std::string sentence) {
  // Answers of earlier requests come first; nobody else writes to the client then.
  while (busy() && answering_) co_await await_signal();
  if (cancelled_ || upstream_ended_) co_return Outcome::lost;
  const std::string answer = render_refusal(status, sentence);
  const net::Transfer put = co_await client_->write_all(asio::buffer(answer));
  co_return put.ec ? Outcome::lost : Outcome::refused;
}

asio::awaitable<Relay::Outcome> Relay::connect() {
  bool renewed = false;
  for (;;) {
    dialler_ = std::make_unique<net::Dialler>(executor_);
    dial_expired_ = false;
    limit(std::nullopt, around_.times.dial);
    auto opened = co_await dialler_->open(around_.upstream->destination());
    no_limit();
    dialler_.reset();
    if (cancelled_) co_return Outcome::lost;
    if (opened) {
      upstream_ = std::move(*opened);
      answering_ = true;
      asio::co_spawn(executor_, pass_answers(), [this](std::exception_ptr) {
        answering_ = false;
        ring();
      });
      co_return Outcome::go_on;
    }
    const bool untrusted = opened.error().code() == base::Errc::denied;
    if (untrusted && !renewed && around_.upstream->refused()) {
      renewed = true;
      continue;
    }
    const std::string why = dial_expired_ ? around_.upstream->destination().url() + " did not answer in time"
                                          : opened.error().message();
    around_.observer.upstream_failed(base::Error(opened.error().code(), why));
    co_return co_await refuse(502, "secret-hygiene proxy: " + why);
  }
}

asio::awaitable<void> Relay::pass_answers() {
  bool more = true;
  try {
    while (more) more = co_await pass_answer_bytes();
    if (upstream_ended_ && !cancelled_) {
      end_by_ = Clock::now() + (follower_.tunnel() ? around_.times.half_closed : kLinger);
      co_await client_->shutdown();
      // What the client still sends through a tunnel passes; of HTTP there is nothing more to say.
      if (!follower_.tunnel()) co_await upstream_->shutdown();
      co_return;
    }
  } catch (...) {
    around_.connections.peer_failed("a connection ended by an exception");
  }
  // Whatever was not whole must not look so to the client.
  cancel();
}

asio::awaitable<bool> Relay::pass_answer_bytes() {
  const error_code silent = co_await upstream_->wait_readable();
  upstream_ended_ = silent == asio::error::eof;
  if (silent) co_return false;
  const auto buffer = around_.buffers.lend();
  const auto room = buffer->prepare();
  const net::Transfer got = co_await upstream_->read_some(asio::mutable_buffer(room.data(), room.size()));
  upstream_ended_ = got.ec == asio::error::eof;
  if (got.ec) co_return false;
  buffer->commit(got.bytes);
  around_.observer.bytes(Direction::to_client, got.bytes);
  const net::Transfer put = co_await client_->write_all(asio::buffer(buffer->data()));
  // Only what the client has: who waits for the end of an answer may write to the client next.
  follower_.follow(buffer->data());
  if (head_awaited_) head_awaited_ = Clock::now();
  note_watches();
  ring();
  limit_idle_drain();
  if (client_ended_) end_by_ = Clock::now() + around_.times.half_closed;
  co_return !put.ec;
}

void Relay::note_watches() {
  const std::size_t now = follower_.watches();
  if (now == watches_) return;
  around_.observer.watches(static_cast<int>(now) - static_cast<int>(watches_));
  watches_ = now;
}

asio::awaitable<void> Relay::await_signal() {
  signal_.expires_at(asio::steady_timer::time_point::max());
  co_await signal_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Relay::limit(std::optional<server::Bound> bound, std::chrono::milliseconds from_now) {
  bound_ = bound;
  deadline_ = Clock::now() + from_now;
}

void Relay::limit_idle_drain() {
  if (draining_ && waiting_for_head_ && !busy()) limit(std::nullopt, kDrainGrace);
}

void Relay::enforce_deadline(Clock::time_point now) {
  if (now < deadline_ && now < end_by_) return;
  if (now >= deadline_ && dialler_) {
    no_limit();
    dial_expired_ = true;
    dialler_->cancel();
    return;
  }
  if (now >= deadline_ && bound_) around_.connections.bound_reached(*bound_);
  no_limit();
  end_by_ = Clock::time_point::max();
  cancel();
}

std::optional<Relay::Clock::time_point> Relay::waits_since() const {
  return cancelled_ || busy() ? std::nullopt : head_awaited_;
}

void Relay::begin_drain() {
  draining_ = true;
  limit_idle_drain();
}

void Relay::cancel() {
  cancelled_ = true;
  client_->cancel();
  if (dialler_) dialler_->cancel();
  if (upstream_) upstream_->cancel();
  ring();
}

}  // namespace hygiene::proxy
