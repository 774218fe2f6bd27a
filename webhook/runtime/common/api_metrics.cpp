#include "runtime/common/api_metrics.hpp"

namespace hygiene::runtime {

cluster::ApiOptions counted(cluster::ApiOptions options, telemetry::Metrics& metrics) {
  options.attempted = [&metrics](const cluster::Attempt& attempt) {
    const std::string code = attempt.status == 0 ? "none" : std::to_string(attempt.status);
    metrics.api_requests(attempt.verb, code).Increment();
  };
  options.retrying = [&metrics](const cluster::Retry& retry) { metrics.api_retry(retry.reason).Increment(); };
  return options;
}

}  // namespace hygiene::runtime
