#include "runtime/proxy/proxy_observer.hpp"

namespace hygiene::runtime {

ProxyObserver::ProxyObserver(telemetry::Metrics& metrics, telemetry::Log& log)
    : requests_{&metrics.proxy_requests("untouched"), &metrics.proxy_requests("rewritten"),
                &metrics.proxy_requests("refused")},
      bytes_{&metrics.proxy_bytes("to_api_server"), &metrics.proxy_bytes("to_client")},
      watches_(metrics.proxy_watches()),
      upstream_failures_(metrics.proxy_upstream_failures()),
      warnings_(log) {}

void ProxyObserver::upstream_failed(const Error& error) {
  upstream_failures_.Increment();
  const std::lock_guard lock(mutex_);
  warnings_.add("no connection to the API server", error);
}

}  // namespace hygiene::runtime
