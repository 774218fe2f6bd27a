// What operators and the kubelet ask: /metrics, /livez and /readyz, in plain HTTP on a port and a worker of
// their own, so that a slow scrape delays no admission. Thread-safety: any number of workers; metrics and
// probes must outlive it.
#pragma once

#include "runtime/status/page_router.hpp"
#include "runtime/status/probes.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class OperationsService final : public PageRouter {
 public:
  OperationsService(const telemetry::Metrics& metrics, const Probes& probes);
};

}  // namespace hygiene::runtime
