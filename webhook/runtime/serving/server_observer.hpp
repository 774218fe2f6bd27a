// What a server reports, as metrics and in the log. Thread-safety: all of it atomic or
// locked below.
#pragma once

#include <array>

#include "server/observer.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class ServerObserver final : public server::Observer {
 public:
  ServerObserver(telemetry::Metrics& metrics, telemetry::Log& log);

  void connection_opened() override { connections_.Increment(); }
  void connection_closed() override { connections_.Decrement(); }
  void bound_reached(server::Bound bound) override { bounds_[static_cast<std::size_t>(bound)]->Increment(); }
  void peer_failed(std::string_view what) override;
  void invariant_violated(std::string_view what) override;

 private:
  telemetry::Log& log_;
  prometheus::Gauge& connections_;
  std::array<prometheus::Counter*, server::kBounds> bounds_{};
};

}  // namespace hygiene::runtime
