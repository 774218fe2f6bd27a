#include "runtime/serving/server_observer.hpp"

namespace hygiene::runtime {

ServerObserver::ServerObserver(telemetry::Metrics& metrics, telemetry::Log& log)
    : log_(log), connections_(metrics.connections()) {
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    bounds_[i] = &metrics.bound_reached(to_string(static_cast<server::Bound>(i)));
  }
}

void ServerObserver::peer_failed(std::string_view what) {
  log_.debug("a connection failed", {{"error", what}});
}

void ServerObserver::invariant_violated(std::string_view what) {
  log_.error("a request ended with HTTP 500: please report this", {{"error", what}});
}

}  // namespace hygiene::runtime
