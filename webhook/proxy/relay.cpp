#include "proxy/relay.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/wiping_text.hpp"
#include "proxy/refusal.hpp"

namespace hygiene::proxy {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// As for the webhook: a request that was under way when the drain began is still served, and what a client
// still sends after its answer is read and dropped, or its kernel would drop the answer.
constexpr std::chrono::milliseconds kDrainGrace{1'000};
constexpr std::chrono::milliseconds kLinger{1'000};

constexpr unsigned kBadRequest = 400;
constexpr unsigned kMisdirected = 421;  // RFC 9110, section 15.5.20
constexpr unsigned kBadGateway = 502;

}  // namespace

Relay::Relay(ConnectionContext& around, std::unique_ptr<net::Stream> client,
             const asio::any_io_executor& executor)
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
  limit(server::Bound::handshake_time, around_.options.times.handshake);
  const error_code ec = co_await client_->handshake();
  if (ec) {
    // A peer that leaves without a word is a port scan.
    const bool silent = ec == asio::error::eof || ec == asio::error::connection_reset;
    if (!silent && !cancelled_) around_.connections.peer_failed("TLS handshake: " + ec.message());
    co_return;
  }
  limit(server::Bound::idle_time, around_.options.times.first_request);
  const Outcome outcome = co_await pass_requests();
  co_await end(outcome);
}

asio::awaitable<void> Relay::end(Outcome outcome) {
  no_limit();
  if (outcome == Outcome::lost || cancelled_) co_return;
  if (outcome == Outcome::ended && answering_) {
    // The API server ends a request whose client has ended its side; what it says until then still passes.
    end_by_ = Clock::now() + around_.options.times.half_closed;
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
    limit(std::nullopt, around_.options.times.dial);
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
    const bool untrusted = opened.error().code() == Errc::denied;
    if (untrusted && !renewed && around_.upstream->refused()) {
      renewed = true;
      continue;
    }
    const std::string why = dial_expired_ ? around_.upstream->destination().url() + " did not answer in time"
                                          : opened.error().message();
    around_.observer.upstream_failed(Error(opened.error().code(), why));
    co_return co_await refuse(kBadGateway, "secret-hygiene proxy: " + why);
  }
}

asio::awaitable<void> Relay::pass_answers() {
  bool more = true;
  try {
    while (more) more = co_await pass_answer_bytes();
    if (upstream_ended_ && !cancelled_) {
      end_by_ = Clock::now() + (responses_.tunnel() ? around_.options.times.half_closed : kLinger);
      co_await client_->shutdown();
      // What the client still sends through a tunnel passes; of HTTP there is nothing more to say.
      if (!responses_.tunnel()) co_await upstream_->shutdown();
      co_return;
    }
  } catch (...) {
    around_.connections.peer_failed("a connection ended by an exception");
  }
  // Whatever was not whole must not look so to the client: it ends as it did for us.
  if (!cancelled_ && responses_.ends_with_connection()) client_->reset();
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
  responses_.follow(buffer->data());
  if (responses_.take_injected_refused()) around_.upstream->credential_refused();
  if (head_awaited_) head_awaited_ = Clock::now();
  note_watches();
  ring();
  limit_idle_drain();
  if (client_ended_) end_by_ = Clock::now() + around_.options.times.half_closed;
  co_return !put.ec;
}

void Relay::note_watches() {
  const std::size_t now = responses_.watches();
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

asio::awaitable<Relay::Outcome> Relay::pass_requests() {
  Outcome outcome = Outcome::go_on;
  while (outcome == Outcome::go_on) outcome = co_await pass_request();
  co_return outcome;
}

asio::awaitable<Relay::Outcome> Relay::pass_request() {
  if (!head_awaited_) head_awaited_ = Clock::now();
  const Outcome received = co_await receive_head();
  head_awaited_.reset();
  if (received != Outcome::go_on) co_return received;
  co_return co_await pass_head();
}

asio::awaitable<Relay::Outcome> Relay::receive_head() {
  for (;;) {
    const bool begun = buffer_ && !buffer_->data().empty();
    if (begun) {
      const HeadReading reading = read_request_head(buffer_->data());
      if (reading.head) {
        head_ = *reading.head;
        no_limit();
        co_return Outcome::go_on;
      }
      if (reading.status != 0) {
        around_.observer.request(Passage::refused);
        co_return co_await refuse(reading.status, std::string(reading.complaint));
      }
    } else {
      waiting_for_head_ = true;
      limit_idle_drain();
    }
    const bool more = co_await receive();
    waiting_for_head_ = false;
    if (!more) co_return outcome_of_silence();
    if (!begun) limit(server::Bound::header_time, around_.options.times.head);
  }
}

asio::awaitable<Relay::Outcome> Relay::pass_head() {
  const RequestHead head = head_;
  Target target = around_.rewriter.rewrite(head.method, head.target);
  const bool ours = is_ours(head.host);
  around_.observer.request(ours ? target.passage : Passage::refused);
  if (!ours) {
    co_return co_await refuse(kMisdirected,
                              "the Host header names another server than this proxy; connect to it by the "
                              "address that it listens on, or by localhost");
  }
  if (target.passage == Passage::refused) {
    co_return co_await refuse(kBadRequest,
                              "the proxy does not pass on a list of Secrets with this many parameters");
  }
  if (!upstream_) {
    const Outcome connected = co_await connect();
    if (connected != Outcome::go_on) co_return connected;
  }
  const bool upgrade = head.upgrade;
  const Framing framing = head.framing;
  const Outcome sent = co_await send_head(head, std::move(target));
  if (sent != Outcome::go_on) co_return sent;
  const Outcome passed = co_await pass_body(framing);
  if (passed != Outcome::go_on || !upgrade) co_return passed;
  co_return co_await pass_upgrade();
}

asio::awaitable<Relay::Outcome> Relay::send_head(RequestHead head, Target target) {
  HeadChanges changes;
  changes.base_path = around_.upstream->base_path();
  changes.target = target.text;
  changes.host = around_.upstream->authority();
  cluster::CredentialPtr injected;
  if (around_.options.inject_token && !head.authorized) {
    auto credential = co_await around_.upstream->credential([this] { return cancelled_; });
    if (cancelled_) co_return Outcome::lost;
    if (!credential) {
      around_.observer.upstream_failed(credential.error());
      co_return co_await refuse(kBadGateway, "secret-hygiene proxy: " + credential.error().message());
    }
    injected = std::move(*credential);
    changes.bearer_token = injected->token;
  }
  std::string text = changed_head(buffer_->data(), head, changes);
  responses_.await({head.method == "HEAD", head.upgrade, target.watch, injected != nullptr});
  note_watches();
  buffer_->consume(head.size);
  const bool sent = co_await send_upstream(text);
  base::wipe(text);
  co_return sent ? Outcome::go_on : Outcome::ended;
}

asio::awaitable<Relay::Outcome> Relay::pass_body(Framing framing) {
  BodyFraming body(framing);
  while (!body.done()) {
    if (!buffer_ || buffer_->data().empty()) {
      const bool more = co_await receive();
      if (!more) co_return outcome_of_silence();
    }
    const std::size_t part = body.take(buffer_->data());
    if (body.malformed()) {
      around_.connections.peer_failed("a chunked body is malformed");
      co_return Outcome::lost;
    }
    const bool sent = co_await send_upstream(buffer_->data().substr(0, part));
    if (!sent) co_return Outcome::ended;
    buffer_->consume(part);
  }
  co_return Outcome::go_on;
}

// The next bytes are a request, or no HTTP at all: the answer says which.
asio::awaitable<Relay::Outcome> Relay::pass_upgrade() {
  while (responses_.upgrade_pending() && answering_) co_await await_signal();
  if (cancelled_) co_return Outcome::lost;
  if (!responses_.tunnel()) co_return Outcome::go_on;
  co_return co_await pass_all();
}

asio::awaitable<Relay::Outcome> Relay::pass_all() {
  for (;;) {
    if (!buffer_ || buffer_->data().empty()) {
      const bool more = co_await receive();
      if (!more) co_return outcome_of_silence();
    }
    if (upstream_ended_) end_by_ = Clock::now() + around_.options.times.half_closed;
    const bool sent = co_await send_upstream(buffer_->data());
    if (!sent) co_return Outcome::ended;
    buffer_->consume(buffer_->data().size());
  }
}

asio::awaitable<bool> Relay::send_upstream(std::string_view bytes) {
  around_.observer.bytes(Direction::to_api_server, bytes.size());
  const net::Transfer put = co_await upstream_->write_all(asio::buffer(bytes));
  co_return !put.ec;
}

bool Relay::is_ours(std::string_view host) const {
  return around_.options.hosts.empty() ||
         std::ranges::any_of(around_.options.hosts, [&](auto& own) { return boost::iequals(own, host); });
}

}  // namespace hygiene::proxy
