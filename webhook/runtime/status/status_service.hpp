// What people look at by kubectl port-forward, on a port of its own that only this host reaches: it names
// Secrets. / is the status page, /api/v1/status the same as JSON, /debug/usage how full the scopes of the
// limits across Secrets are, made anew at each request. Thread-safety: any number of workers; the sources
// must outlive it.
#pragma once

#include <chrono>
#include <string>

#include "base/published_value.hpp"
#include "policy/document.hpp"
#include "runtime/counting/shared_engine.hpp"
#include "runtime/counting/usage_cache.hpp"
#include "runtime/status/page_router.hpp"
#include "runtime/status/probes.hpp"
#include "runtime/status/recent_rejections.hpp"
#include "runtime/status/status_json.hpp"
#include "runtime/status/traffic_history.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

// Where a Status comes from.
struct StatusSources {
  std::string replica;
  std::chrono::system_clock::time_point started;
  const Probes& probes;
  const base::PublishedValue<policy::PolicySet>& policies;
  telemetry::Metrics& metrics;
  TrafficHistory& traffic;
  const RecentRejections& rejections;
  const SharedEngine& engine;
};

// What the metrics know to be answered, as the history takes it.
Answered answered_so_far(const telemetry::Metrics& metrics);

class StatusService final : public PageRouter {
 public:
  explicit StatusService(StatusSources sources);

 private:
  Status status();

  StatusSources sources_;
  UsageCache usage_;
};

}  // namespace hygiene::runtime
