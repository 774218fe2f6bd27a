// A proxy on a free port of 127.0.0.1, in plain HTTP, before a server whose answers a test writes; and what
// it told its observers. Thread-safety: internally locked.
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/tls_context.hpp"
#include "proxy/relay_factory.hpp"
#include "server/server.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_certificates.hpp"

namespace hygiene::test {

class ProxyRecorder final : public proxy::Observer, public server::Observer {
 public:
  void request(proxy::Passage passage) override;
  void bytes(proxy::Direction direction, std::size_t count) override;
  void watches(int change) override;
  void upstream_failed(const Error& error) override;
  void connection_opened() override {}
  void connection_closed() override;
  void bound_reached(server::Bound bound) override;
  void peer_failed(std::string_view what) override;
  void invariant_violated(std::string_view) override {}

  std::size_t requests(proxy::Passage passage);
  std::size_t bytes(proxy::Direction direction);
  std::string upstream_failure();  // the last one
  // Each waits at most ten seconds; false if it did not come.
  bool wait_for_bound(server::Bound bound);
  bool wait_for_watches(int open);
  bool wait_for_closed(int connections);
  bool wait_for_bytes(proxy::Direction direction, std::size_t count);

 private:
  template <class Condition>
  bool wait(Condition come);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::size_t, 3> requests_{};
  std::array<std::size_t, 2> bytes_{};
  std::array<int, server::kBounds> bounds_{};
  int watches_ = 0;
  int closed_ = 0;
  std::string upstream_failure_;
};

struct ProxyWish {
  std::string api_server;  // its URL
  std::string ca_pem;      // that its kubeconfig names
  bool inject_token = false;
  proxy::RelayTimes times;
  std::size_t connections_max = 16;
  std::shared_ptr<const net::TlsContext> tls;  // towards clients; null: plain TCP
};

class RunningProxy {
 public:
  // Its kubeconfig holds the token `ours`; it adds the selectors `!x` and `type!=y`.
  explicit RunningProxy(const ProxyWish& wish);

  std::uint16_t port() const { return server_->port(); }
  // Has the deadlines of the newest connection looked at as if it were `now`. Precondition: it has not ended.
  void enforce_deadline(server::Connection::Clock::time_point now);
  // As at SIGTERM. False: after `bound` a connection was cut.
  bool drain(std::chrono::milliseconds bound) { return server_->drain(bound); }

  ProxyRecorder recorder;

 private:
  TemporaryFolder folder_;
  std::mutex mutex_;
  server::Connection* newest_ = nullptr;
  boost::asio::any_io_executor executor_;  // its thread's
  std::unique_ptr<server::Server> server_;
};

}  // namespace hygiene::test
