// What operators and the kubelet ask: /metrics, /livez and /readyz, in plain HTTP on a port and a worker of
// their own, so that a slow scrape delays no admission. Thread-safety: any number of workers; metrics and
// probes must outlive it.
#pragma once

#include "runtime/probes.hpp"
#include "server/exchange.hpp"
#include "telemetry/metrics.hpp"

namespace hygiene::runtime {

class OperationsService final : public server::Service {
 public:
  OperationsService(const telemetry::Metrics& metrics, const Probes& probes);

  std::unique_ptr<server::Exchange> new_exchange(std::size_t worker) override;

 private:
  const telemetry::Metrics& metrics_;
  const Probes& probes_;
};

}  // namespace hygiene::runtime
