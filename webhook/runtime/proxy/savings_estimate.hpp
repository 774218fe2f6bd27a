// An estimate of what the proxy's selectors keep away from its controller: now and then all Secrets are
// listed as metadata, once without the selectors and once with them, and the difference of their sizes is a
// metric. The sizes are those of the annotation secret-hygiene.io/bytes: a Secret that the webhook has not
// measured yet counts as none. Runs on a thread of its own. Thread-safety: start() and stop() on one thread.
#pragma once

#include <chrono>
#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "cluster/api_client.hpp"
#include "cluster/client_config.hpp"
#include "proxy/target_rewriter.hpp"
#include "runtime/common/context_thread.hpp"
#include "runtime/common/periodic_task.hpp"
#include "runtime/common/repeated_warnings.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

struct KeptAwayOptions {
  cluster::ClientConfigOptions access;  // whose own credential lists the Secrets
  proxy::Selectors selectors;
  std::chrono::milliseconds every{0};  // the first look is at the start
  cluster::ApiOptions api = cluster::ApiOptions();
};

class SavingsEstimate {
 public:
  // The log and the metrics must outlive it.
  SavingsEstimate(KeptAwayOptions options, telemetry::Metrics& metrics, telemetry::Log& log);
  ~SavingsEstimate();
  SavingsEstimate(const SavingsEstimate&) = delete;
  SavingsEstimate& operator=(const SavingsEstimate&) = delete;

  void start();
  // Leaves what is under way.
  void stop();

 private:
  struct Sum {
    std::uint64_t secrets = 0;
    std::uint64_t bytes = 0;
  };
  class Adder;

  boost::asio::awaitable<Again> look_or_complain();
  // A look that fails leaves the metrics as they are, and is logged.
  boost::asio::awaitable<Result<void>> look();
  boost::asio::awaitable<Result<Sum>> sum(cluster::ApiClient& client, proxy::Selectors selectors);

  KeptAwayOptions options_;
  telemetry::Metrics& metrics_;
  RepeatedWarnings warnings_;
  ContextThread thread_;
};

}  // namespace hygiene::runtime
