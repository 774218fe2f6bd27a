// The way of requests to the API server.
#include <algorithm>
#include <utility>

#include <string.h>

#include "proxy/header_lines.hpp"
#include "proxy/relay.hpp"

namespace hygiene::proxy {
namespace {

namespace asio = boost::asio;

constexpr unsigned kBadRequest = 400;
constexpr unsigned kMisdirected = 421;  // RFC 9110, section 15.5.20
constexpr unsigned kBadGateway = 502;

}  // namespace

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
    if (!begun) limit(server::Bound::header_time, around_.times.head);
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
    co_return co_await refuse(kBadRequest, "a list of Secrets with so many parameters is not passed on");
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
  if (around_.inject_token && !head.authorized) {
    auto credential = around_.upstream->credential();
    if (!credential) {
      around_.observer.upstream_failed(credential.error());
      co_return co_await refuse(kBadGateway, "secret-hygiene proxy: " + credential.error().message());
    }
    injected = std::move(*credential);
    changes.bearer_token = injected->token;
  }
  std::string text = changed_head(buffer_->data(), head, changes);
  follower_.await({head.method == "HEAD", head.upgrade, target.watch});
  note_watches();
  buffer_->consume(head.size);
  const bool sent = co_await send_upstream(text);
  explicit_bzero(text.data(), text.size());
  co_return sent ? Outcome::go_on : Outcome::ended;
}

asio::awaitable<Relay::Outcome> Relay::pass_body(Framing framing) {
  BodyFollower body(framing);
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
  while (follower_.upgrade_pending() && answering_) co_await await_signal();
  if (cancelled_) co_return Outcome::lost;
  if (!follower_.tunnel()) co_return Outcome::go_on;
  co_return co_await pass_all();
}

asio::awaitable<Relay::Outcome> Relay::pass_all() {
  for (;;) {
    if (!buffer_ || buffer_->data().empty()) {
      const bool more = co_await receive();
      if (!more) co_return outcome_of_silence();
    }
    if (upstream_ended_) end_by_ = Clock::now() + around_.times.half_closed;
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
  return around_.hosts.empty() ||
         std::any_of(around_.hosts.begin(), around_.hosts.end(),
                     [host](const std::string& own) { return equals_ignoring_case(own, host); });
}

}  // namespace hygiene::proxy
