// Tells the API server of rejections, as Kubernetes Events, on a thread of its own and at most a few a
// second: whatever becomes of that, no request waits for it. Thread-safety: add() on any thread, start() and
// stop() on one.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "cluster/api_client.hpp"
#include "cluster/client_config.hpp"
#include "runtime/common/context_thread.hpp"
#include "runtime/common/periodic_task.hpp"
#include "runtime/common/repeated_warnings.hpp"
#include "runtime/events/event_book.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

struct EventPace {
  // Between two Events: five a second, of all replicas that a cluster has no load worth mentioning.
  std::chrono::milliseconds apart{200};
  // After a failure: it may be that all are refused.
  std::chrono::milliseconds after_failure{10'000};
  std::chrono::milliseconds warnings{60'000};  // between two lines of one kind in the log
};

struct EventWriterOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions api;
  EventPace pace;
  std::string replica;  // in each Event
  // As in EventBook.
  std::function<std::string()> new_name;
};

class EventWriter {
 public:
  // Both must outlive it.
  EventWriter(EventWriterOptions options, telemetry::Metrics& metrics, telemetry::Log& log);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // Keeps it for later; one that finds no room is counted as dropped.
  void add(const Rejection& rejection);
  void start();
  // Leaves what is under way.
  void stop();

 private:
  boost::asio::awaitable<Again> write_next();
  boost::asio::awaitable<Result<void>> write(cluster::ApiClient& client, EventNote note);
  Result<std::unique_ptr<cluster::ApiClient>> take_client();

  EventWriterOptions options_;
  EventBook book_;
  RepeatedWarnings warnings_;
  prometheus::Counter& written_;
  prometheus::Counter& failed_;
  prometheus::Counter& dropped_;
  ContextThread thread_;
  // While it is not in use: then it belongs to the coroutine, which may end with the context.
  std::unique_ptr<cluster::ApiClient> idle_client_;
};

}  // namespace hygiene::runtime
