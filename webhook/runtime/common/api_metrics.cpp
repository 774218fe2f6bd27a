#include "runtime/common/api_metrics.hpp"

namespace hygiene::runtime {

cluster::ApiOptions counted(cluster::ApiOptions options, telemetry::Metrics& metrics) {
  options.attempted = [&metrics](std::string_view verb, unsigned status) {
    metrics.api_requests(verb, status == 0 ? "none" : std::to_string(status)).Increment();
  };
  options.retrying = [&metrics](const cluster::Retry& retry) { metrics.api_retry(retry.reason).Increment(); };
  return options;
}

}  // namespace hygiene::runtime
