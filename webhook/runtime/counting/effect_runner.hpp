// Does what the counting engine wants done at the API server, on a thread of its own: the watches, the lists
// and reads that confirm, the ledger, and sizes that nobody wrote down. Thread-safety: start() and stop() on
// one thread; the SharedEngine calls it from any.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "cluster/api_client.hpp"
#include "cluster/client_config.hpp"
#include "runtime/common/context_thread.hpp"
#include "runtime/common/periodic_task.hpp"
#include "runtime/counting/outage.hpp"
#include "runtime/counting/secret_watch.hpp"
#include "runtime/counting/shared_engine.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

struct EffectPace {
  std::chrono::milliseconds expiry{100};  // how late an answer may come after its write's deadline
  std::chrono::milliseconds engine{1'000};
  std::chrono::milliseconds report{15'000};  // of how full the scopes are, as metrics
  std::chrono::milliseconds measure{1'000};
  // A Secret that cannot be measured is not tried again before.
  std::chrono::milliseconds measure_after_failure{10'000};
  // The engine hears of an effect that failed no sooner. As often as it ticks, and as a scope is confirmed.
  std::chrono::milliseconds after_failed_effect{1'000};
  WatchPace watch;
  std::chrono::milliseconds warnings{10'000};  // between two of one kind in the log
};

// The engine asks again by itself, and no write waits for more than 30 s: a request that takes as long, or
// that is put off, has failed.
inline cluster::ApiOptions effect_options() {
  cluster::ApiOptions options;
  options.request_timeout = std::chrono::seconds(10);
  options.retry.attempts_max = 2;
  options.retry.asked_max = std::chrono::seconds(5);
  return options;
}

struct EffectRunnerOptions {
  cluster::ClientConfigOptions access;
  cluster::ApiOptions watch_api;
  cluster::ApiOptions effect_api = effect_options();
  EffectPace pace = EffectPace();
  std::string markers_namespace;
};

class EffectRunner {
 public:
  // Called about ten times a second, on the runner's thread: whether every watch that is needed was listed,
  // and what has not worked for longer than a minute (empty: nothing).
  using Synced = std::function<void(bool synced, const std::string& failing)>;

  // Becomes the runner of `engine`. All must outlive it.
  EffectRunner(EffectRunnerOptions options, SharedEngine& engine, telemetry::Metrics& metrics,
               telemetry::Log& log, Synced synced);
  ~EffectRunner();
  EffectRunner(const EffectRunner&) = delete;
  EffectRunner& operator=(const EffectRunner&) = delete;

  void start();
  // Leaves what is under way; nothing is called afterwards.
  void stop();

 private:
  void begin(std::vector<WatchState> watches);
  void perform(counting::Effect effect);
  // Each asks the API server and then answers the engine, whatever happened.
  boost::asio::awaitable<void> perform(counting::ReadLedger effect);
  boost::asio::awaitable<void> perform(counting::SwapLedger effect);
  boost::asio::awaitable<void> perform(counting::WriteMarker effect);
  boost::asio::awaitable<void> perform(counting::ListScope effect);
  boost::asio::awaitable<void> perform(counting::ReadName effect);
  boost::asio::awaitable<void> perform(counting::Wait effect);
  // What they ask. An outcome made by its default constructor is a failure.
  struct LedgerWritten {
    counting::Swapped swapped = counting::Swapped::unclear;
    std::string config_map;
  };
  static bool failed(const counting::LedgerRead& read) {
    return read.kind == counting::LedgerRead::Kind::failed;
  }
  static bool failed(const LedgerWritten& written) { return written.swapped == counting::Swapped::unclear; }
  template <class Value>
  static bool failed(const std::optional<Value>& value) {
    return !value;
  }
  // The outcome of `task`. An exception, most likely that memory ran out, is a failure like any other: what
  // is never answered would be waited for as long as the program runs. After a failure it waits: the engine
  // asks again as soon as it hears of one, and what the API server refuses it refuses the next time too.
  template <class Outcome>
  boost::asio::awaitable<Outcome> paced(const char* failure, boost::asio::awaitable<Outcome> task);
  boost::asio::awaitable<counting::LedgerRead> read_ledger(const counting::ReadLedger& effect);
  boost::asio::awaitable<LedgerWritten> write_ledger(const counting::SwapLedger& effect);
  boost::asio::awaitable<std::optional<std::uint64_t>> write_marker(const counting::WriteMarker& effect);
  boost::asio::awaitable<std::optional<std::uint64_t>> list_scope(const counting::ListScope& effect);
  boost::asio::awaitable<std::optional<counting::NameState>> read_name(const counting::ReadName& effect);
  boost::asio::awaitable<Again> tick();
  boost::asio::awaitable<Again> measure();
  // One Secret, measured as it passes.
  boost::asio::awaitable<Result<void>> read_facts(cluster::ApiClient& client, cluster::Resource of,
                                                  cluster::Form form, secret::Facts& facts);
  boost::asio::awaitable<Result<void>> measure_one(cluster::ApiClient& client, const StoredItem& item);

  // A client that nobody uses; given back by whoever is done with it. Null, and logged, where there is none.
  std::unique_ptr<cluster::ApiClient> take_client();
  void give_back(std::unique_ptr<cluster::ApiClient> client);
  Result<std::unique_ptr<cluster::ApiClient>> make_client(const cluster::ApiOptions& options);
  cluster::Resource secret(const std::string& namespace_name, const std::string& name) const;

  EffectRunnerOptions options_;
  SharedEngine& engine_;
  telemetry::Metrics& metrics_;
  RepeatedWarnings warnings_;
  Outage outage_;
  Synced synced_;

  ContextThread thread_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      thread_.context().get_executor()};
  WatchSurroundings around_;
  std::vector<WatchState> watches_;
  std::vector<std::unique_ptr<cluster::ApiClient>> idle_;
  SharedEngine::Clock::time_point next_engine_tick_;
  SharedEngine::Clock::time_point next_report_;
};

}  // namespace hygiene::runtime
