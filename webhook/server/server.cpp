#include "server/server.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "server/connection_limit.hpp"
#include "server/http_connection.hpp"
#include "server/listener.hpp"
#include "server/worker.hpp"

namespace hygiene::server {
namespace {

namespace asio = boost::asio;

class ThreadedServer final : public Server {
 public:
  ThreadedServer(Options options, MakeConnection make_connection, Observer& observer)
      : options_(std::move(options)),
        make_connection_(std::move(make_connection)),
        connections_(options_.bounds.connections_max),
        workers_(make_workers(observer)),
        listener_(workers_, connections_, observer) {}

  ~ThreadedServer() override { drain(std::chrono::milliseconds(0)); }

  Result<void> bind() {
    return options_.unix_path.empty() ? listener_.bind(options_.address, options_.port)
                                      : listener_.bind_unix(options_.unix_path);
  }

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

  std::vector<std::unique_ptr<Worker>> make_workers(Observer& observer) {
    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
      workers.push_back(std::make_unique<Worker>(i, make_connection_, observer));
    }
    return workers;
  }

  const Options options_;
  const MakeConnection make_connection_;
  ConnectionLimit connections_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Listener listener_;
  std::mutex mutex_;
  State state_ = State::bound;
};

// HTTP connections of one service, each with what those of its worker share.
MakeConnection http_connections(const Options& options, MakeStream make_stream, Service& service,
                                Observer& observer) {
  struct Shared {
    Bounds bounds;
    MakeStream make_stream;
    std::vector<std::unique_ptr<ConnectionContext>> of_workers;
  };
  const auto shared = std::make_shared<Shared>();
  shared->bounds = options.bounds;
  shared->make_stream = std::move(make_stream);
  for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i) {
    shared->of_workers.push_back(std::make_unique<ConnectionContext>(ConnectionContext{
        shared->bounds, service, observer, i, MemorySlots(shared->bounds.large_slots_per_worker)}));
  }
  return [shared](asio::ip::tcp::socket socket, const asio::any_io_executor& executor, std::size_t worker) {
    return std::make_unique<HttpConnection>(*shared->of_workers[worker],
                                            shared->make_stream(std::move(socket)), executor);
  };
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(Options options, MakeStream make_stream, Service& service,
                                               Observer& observer) {
  auto connections = http_connections(options, std::move(make_stream), service, observer);
  return listen(std::move(options), std::move(connections), observer);
}

Result<std::unique_ptr<Server>> Server::listen(Options options, MakeConnection make_connection,
                                               Observer& observer) {
  auto server = std::make_unique<ThreadedServer>(std::move(options), std::move(make_connection), observer);
  if (auto bound = server->bind(); bound.has_error()) return bound.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace hygiene::server
