// One watch of the inventory: a list, then events, and a list again where events were lost. Thread-safety:
// the thread of its io_context.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "cluster/api_client.hpp"
#include "runtime/common/repeated_warnings.hpp"
#include "runtime/counting/outage.hpp"
#include "runtime/counting/shared_engine.hpp"
#include "runtime/counting/stored_reader.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

// Makes a client of its own for each watch, since each holds its connection.
using MakeClient = std::function<Result<std::unique_ptr<cluster::ApiClient>>()>;

struct WatchPace {
  // The API server ends each watch after it; one that died without a word is noticed ten seconds later.
  std::chrono::seconds length{60};
  std::chrono::milliseconds pause_after_failure{2'000};
  // A list that takes longer confirms nothing in local mode: what waits for it has 10 s in our manifests.
  std::chrono::milliseconds confirms_in{9'000};
};

// What the watches of a process share. Outlives them.
struct WatchSurroundings {
  boost::asio::any_io_executor executor;
  MakeClient make_client;
  SharedEngine& engine;
  telemetry::Metrics& metrics;
  telemetry::Log& log;
  RepeatedWarnings& warnings;
  Outage& outage;
  WatchPace pace;
};

// Until the watch is no longer wanted, which it learns with the next event, at the latest when the API server
// ends it, WatchPace::length on. Nothing else ends it.
boost::asio::awaitable<void> run_secret_watch(WatchSurroundings& around, WatchState watch);

// What of a collection of Secrets a watch shows, in one namespace or, with an empty name, in all.
cluster::ListRequest list_request(const WatchState& watch, const std::string& namespace_name);

// Takes the pages of a list to the engine, under the number that begin_list() or an effect gave.
class ListToEngine final : public cluster::ListSink {
 public:
  ListToEngine(SharedEngine& engine, const WatchState& watch, counting::ListId list);
  Result<void> begin_page() override;
  json::Events* events() override { return &reader_.events(); }
  Result<void> part(std::string_view text) override;

 private:
  SharedEngine& engine_;
  counting::ListId list_;
  StoredReader reader_;
};

}  // namespace hygiene::runtime
