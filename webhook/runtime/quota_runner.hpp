// Does what the counting engine wants done at the API server, on a thread of its own: the watches, the lists
// and reads that confirm, the ledger, and sizes that nobody wrote down. Thread-safety: start() and stop() on
// one thread; the Quota calls it from any.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "cluster/access.hpp"
#include "cluster/api_client.hpp"
#include "runtime/quota.hpp"
#include "runtime/secret_watch.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace hygiene::runtime {

struct QuotaRunnerOptions {
  cluster::AccessOptions access;
  cluster::ApiOptions api;
  // Of the ledger; markers are Secrets of the same namespace.
  std::string ledger_namespace;
  std::string ledger_name;
};

class QuotaRunner {
 public:
  // Called about once a second, on the runner's thread: whether every watch that is needed was listed.
  using Synced = std::function<void(bool)>;

  // Becomes the runner of `quota`. All must outlive it.
  QuotaRunner(QuotaRunnerOptions options, Quota& quota, telemetry::Metrics& metrics, telemetry::Log& log,
              Synced synced);
  ~QuotaRunner();
  QuotaRunner(const QuotaRunner&) = delete;
  QuotaRunner& operator=(const QuotaRunner&) = delete;

  void start();
  // Leaves what is under way; nothing is called afterwards.
  void stop();

 private:
  void begin(std::vector<QuotaWatch> watches);
  void perform(counting::Effect effect);
  boost::asio::awaitable<void> perform(counting::ReadLedger effect);
  boost::asio::awaitable<void> perform(counting::SwapLedger effect);
  boost::asio::awaitable<void> perform(counting::WriteMarker effect);
  boost::asio::awaitable<void> perform(counting::ListScope effect);
  boost::asio::awaitable<void> perform(counting::ReadName effect);
  boost::asio::awaitable<base::Result<base::WipingText>> write_ledger(cluster::ApiClient& client,
                                                                      const counting::SwapLedger& effect);
  boost::asio::awaitable<void> tick();
  boost::asio::awaitable<void> measure();
  boost::asio::awaitable<void> measure_one(cluster::ApiClient& client, StoredItem item);

  // A client that nobody uses; given back by whoever is done with it.
  base::Result<std::unique_ptr<cluster::ApiClient>> take_client();
  void give_back(std::unique_ptr<cluster::ApiClient> client);
  base::Result<std::unique_ptr<cluster::ApiClient>> make_client();
  cluster::Resource ledger() const;
  void complain(const char* what, const base::Error& error);

  QuotaRunnerOptions options_;
  Quota& quota_;
  telemetry::Metrics& metrics_;
  telemetry::Log& log_;
  Synced synced_;

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  WatchSurroundings around_;
  std::vector<QuotaWatch> watches_;
  std::vector<std::unique_ptr<cluster::ApiClient>> idle_;
  unsigned ticks_ = 0;
  std::thread thread_;
};

}  // namespace hygiene::runtime
