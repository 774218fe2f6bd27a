// What operators and the kubelet ask: /metrics, /livez and /readyz, in plain HTTP on a port and a worker of
// their own, so that a slow scrape delays no admission. Thread-safety: any number of workers; metrics and
// probes must outlive it.
#pragma once

#include "runtime/status/page_service.hpp"
#include "runtime/status/probes.hpp"
#include "telemetry/metrics.hpp"

namespace hygiene::runtime {

class OperationsService final : public PageService {
 public:
  OperationsService(const telemetry::Metrics& metrics, const Probes& probes);
};

}  // namespace hygiene::runtime
