#include "server/server.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "server/connections.hpp"
#include "server/listener.hpp"
#include "server/worker.hpp"

namespace hygiene::server {
namespace {

class ThreadedServer final : public Server {
 public:
  ThreadedServer(Options options, MakeStream make_stream, Service& service, Observer& observer)
      : options_(std::move(options)),
        make_stream_(std::move(make_stream)),
        connections_(options_.bounds.connections_max),
        workers_(make_workers(service, observer)),
        listener_(workers_, connections_, observer) {}

  ~ThreadedServer() override { drain(std::chrono::milliseconds(0)); }

  base::Result<void> bind() { return listener_.bind(options_.address, options_.port); }

  std::uint16_t port() const override { return listener_.port(); }

  void start() override {
    const std::lock_guard lock(mutex_);
    if (state_ != State::bound) return;
    state_ = State::serving;
    listener_.start();
    for (auto& worker : workers_) worker->start();
  }

  bool drain(std::chrono::milliseconds bound) override {
    const std::lock_guard lock(mutex_);
    const bool serving = state_ == State::serving;
    state_ = State::ended;
    if (!serving) return true;
    for (auto& worker : workers_) worker->begin_drain();
    listener_.close();
    const bool all_ended = connections_.wait_for_none(bound);
    if (!all_ended) {
      for (auto& worker : workers_) worker->cancel_all();
      connections_.wait_for_none();
    }
    for (auto& worker : workers_) worker->join();
    return all_ended;
  }

 private:
  enum class State { bound, serving, ended };

  std::vector<std::unique_ptr<Worker>> make_workers(Service& service, Observer& observer) {
    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
      workers.push_back(std::make_unique<Worker>(i, options_.bounds, make_stream_, service, observer));
    }
    return workers;
  }

  const Options options_;
  const MakeStream make_stream_;
  Connections connections_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Listener listener_;
  std::mutex mutex_;
  State state_ = State::bound;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::listen(Options options, MakeStream make_stream,
                                                     Service& service, Observer& observer) {
  auto server =
      std::make_unique<ThreadedServer>(std::move(options), std::move(make_stream), service, observer);
  if (auto bound = server->bind(); bound.has_error()) return bound.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace hygiene::server
