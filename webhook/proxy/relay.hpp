// A client's connection and its own connection to the API server. Requests pass to the API server, some with
// another query; answers pass to the client unchanged. Since no other client shares the pair, keep-alive, the
// order of answers and back pressure need no code, and no request can get another's answer. Thread-safety:
// the worker's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "cluster/client_config.hpp"
#include "net/dial.hpp"
#include "net/stream.hpp"
#include "proxy/awaited_responses.hpp"
#include "proxy/buffer_pool.hpp"
#include "proxy/observer.hpp"
#include "proxy/request_head.hpp"
#include "proxy/target_rewriter.hpp"
#include "proxy/upstream.hpp"
#include "server/connection.hpp"
#include "server/observer.hpp"

namespace hygiene::proxy {

struct RelayTimes {
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds head{10'000};  // from a head's first byte to its last
  // Without a first request; later the API server itself ends idle connections, after 90 s.
  std::chrono::milliseconds first_request{120'000};
  std::chrono::milliseconds dial{10'000};
  // How long the other side may be silent once one has ended.
  std::chrono::milliseconds half_closed{60'000};
  net::PeerProbes api_server_gone;
};

struct RelayOptions {
  cluster::ClientConfigOptions access;
  Selectors selectors;
  std::vector<std::string> hosts;  // what a Host header may say; empty: anything
  bool inject_token = false;       // for requests without Authorization
  RelayTimes times;
  std::size_t workers = 1;
};

// What the relays of a worker share. Must outlive them.
struct ConnectionContext {
  const RelayOptions& options;
  const TargetRewriter& rewriter;
  Observer& observer;
  server::Observer& connections;
  std::unique_ptr<Upstream> upstream;
  BufferPool buffers = {};
};

// Two coroutines share a relay: pass_requests() reads from the client, and pass_answers(), from the first
// request on (answering_), from the API server. What they wait for, and what ends the wait:
//
//   state             known by                      waits for        at most
//   handshake         bound_: handshake_time        the client       times.handshake
//   first head        bound_: idle_time             the client       times.first_request
//   half a head       bound_: header_time           the client       times.head
//   dialling          dialler_                      the API server   times.dial: dial_expired_
//   answering         responses_.awaited() > 0       both sides       TCP's probes
//   idle              waiting_for_head_             both sides       1 s if draining_
//   upgrading         responses_.upgrade_pending()   the answer       TCP's probes
//   tunnel            responses_.tunnel()            both sides       TCP's probes
//   client has ended  client_ended_, end_by_        the answers      times.half_closed *
//   server has ended  upstream_ended_, end_by_      the client       1 s; of a tunnel half_closed *
//   refused           Outcome::refused, end_by_     the client       1 s
//   over              cancelled_                    the coroutines
// * anew with each part that comes.
//
// A side ends in order (eof), and its end passes on to the other; any other end of the API server's side goes
// to `over` at once, without a goodbye. tests/proxy/relay_test.cpp holds the bounds, tests/e2e/test_proxy*.py
// what each side sees.
class Relay final : public server::Connection {
 public:
  Relay(ConnectionContext& around, std::unique_ptr<net::Stream> client,
        const boost::asio::any_io_executor& executor);
  ~Relay() override;

  boost::asio::awaitable<void> run() override;
  void enforce_deadline(Clock::time_point now) override;
  std::optional<Clock::time_point> waits_since() const override;
  void begin_drain() override;
  void cancel() override;

 private:
  // How a step on the way to the API server ended.
  enum class Outcome {
    go_on,
    ended,    // the client has no more to say, or the API server takes no more
    refused,  // the client was answered here; the connection ends
    lost,     // the client's connection is gone
  };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<Outcome> pass_requests();
  boost::asio::awaitable<Outcome> pass_request();
  boost::asio::awaitable<Outcome> receive_head();
  boost::asio::awaitable<Outcome> pass_head();
  boost::asio::awaitable<Outcome> send_head(RequestHead head, Target target);
  boost::asio::awaitable<Outcome> pass_body(Framing framing);
  boost::asio::awaitable<Outcome> pass_upgrade();
  boost::asio::awaitable<Outcome> pass_all();
  boost::asio::awaitable<Outcome> connect();
  boost::asio::awaitable<Outcome> refuse(unsigned status, std::string sentence);
  boost::asio::awaitable<bool> receive();
  Outcome outcome_of_silence() const { return client_ended_ ? Outcome::ended : Outcome::lost; }
  bool is_ours(std::string_view host) const;
  boost::asio::awaitable<bool> send_upstream(std::string_view bytes);

  boost::asio::awaitable<void> pass_answers();
  boost::asio::awaitable<bool> pass_answer_bytes();
  void note_watches();

  boost::asio::awaitable<void> end(Outcome outcome);
  boost::asio::awaitable<void> linger();
  // Waits until `signal_` is rung: the other coroutine may go on.
  boost::asio::awaitable<void> await_signal();
  void ring() { signal_.cancel(); }
  bool busy() const { return responses_.awaited() > 0; }
  void limit(std::optional<server::Bound> bound, std::chrono::milliseconds from_now);
  void no_limit() { deadline_ = Clock::time_point::max(); }
  void limit_idle_drain();

  ConnectionContext& around_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<net::Stream> client_;
  std::unique_ptr<net::Stream> upstream_;  // from the first request on
  std::unique_ptr<net::Dialler> dialler_;  // while it dials
  AwaitedResponses responses_;
  BufferPool::Loan buffer_;  // of what comes from the client
  RequestHead head_;         // at the front of it, once it is whole
  boost::asio::steady_timer signal_;
  Clock::time_point deadline_ = Clock::time_point::max();  // of what the client is awaited for
  std::optional<server::Bound> bound_;                     // reached at deadline_
  Clock::time_point end_by_ = Clock::time_point::max();    // once one side has ended
  std::size_t watches_ = 0;                                // as the observer knows them
  bool answering_ = false;                                 // pass_answers() runs
  bool upstream_ended_ = false;                            // in order
  bool client_ended_ = false;
  bool dial_expired_ = false;
  bool waiting_for_head_ = false;
  bool draining_ = false;
  bool cancelled_ = false;
  // Since when the client's next head is awaited, or the last bytes of answers passed if that is later.
  std::optional<Clock::time_point> head_awaited_ = Clock::now();
};

}  // namespace hygiene::proxy
