// A server on a free port of 127.0.0.1 with a service that echoes, and what it told its observer.
// Thread-safety: internally locked.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/tls_context.hpp"
#include "server/server.hpp"

namespace hygiene::test {

class RecordingObserver final : public server::Observer {
 public:
  void connection_opened() override;
  void connection_closed() override;
  void bound_reached(server::Bound bound) override;
  void peer_failed(std::string_view what) override;
  void invariant_violated(std::string_view what) override;  // a failure too

  // Waits at most ten seconds; false if it did not come.
  bool wait_for_bound(server::Bound bound, int times = 1);
  bool wait_for_failure(const std::string& part);
  bool wait_for_opened(int times);
  bool wait_for_closed(int times);
  int count(server::Bound bound);

 private:
  bool wait(const std::function<bool()>& come);

  std::mutex mutex_;
  std::condition_variable changed_;
  int opened_ = 0;
  int closed_ = 0;
  std::array<int, server::kBounds> bounds_{};
  std::vector<std::string> failures_;
};

// Answers POST /echo with the body, and by target: /early (404 before the body), /within (the client waits
// 150 ms), /keep (keeps the body: kept_bytes grows), /huge (8 MiB back), /throw (feed throws), /violate (feed
// violates an invariant), /head (the head as it was seen), /host (the Host header, and two more lines in the
// head), /wait (waits for let_all_go_on()), /look (what lies now where the body of the request before it
// was).
class EchoService final : public server::Service {
 public:
  std::unique_ptr<server::RequestHandler> new_handler(std::size_t worker) override;

  std::size_t bytes_fed();
  bool wait_for_fed(std::size_t bytes);
  std::size_t fed();
  bool wait_for_abandoned(int times);
  std::vector<std::thread::id> threads();
  // Handlers that wait; then lets those that wait now go on, from this thread.
  bool wait_for_waiters(int times);
  void let_all_go_on();
  // What lies now where the part last fed was. Call it only on the thread of that connection, while it lives.
  std::string memory_of_last_part();

 private:
  friend class EchoHandler;
  void fed(std::string_view part);
  void abandoned();
  void waiting(std::function<void()> ready);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t fed_ = 0;
  int abandoned_ = 0;
  int settling_ = 0;
  std::vector<std::function<void()>> ready_;
  std::string_view last_part_;
  std::vector<std::thread::id> threads_;
};

class RunningServer {
 public:
  // Plain TCP without a context.
  explicit RunningServer(server::Bounds bounds = server::Bounds(),
                         std::shared_ptr<const net::TlsContext> context = nullptr, std::size_t threads = 1);

  std::uint16_t port() const { return server_->port(); }
  server::Server& operator*() { return *server_; }
  server::Server* operator->() { return server_.get(); }

  RecordingObserver observer;
  EchoService service;

 private:
  std::unique_ptr<server::Server> server_;
};

}  // namespace hygiene::test
