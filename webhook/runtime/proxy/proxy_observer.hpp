// What the proxy reports, as metrics and in the log. Thread-safety: all of it atomic or locked below.
#pragma once

#include <array>
#include <mutex>

#include "proxy/observer.hpp"
#include "runtime/common/repeated_warnings.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class ProxyObserver final : public proxy::Observer {
 public:
  // Both must outlive it.
  ProxyObserver(telemetry::Metrics& metrics, telemetry::Log& log);

  void request(proxy::Passage passage) override { requests_[static_cast<std::size_t>(passage)]->Increment(); }
  void bytes(proxy::Direction direction, std::size_t count) override {
    bytes_[static_cast<std::size_t>(direction)]->Increment(static_cast<double>(count));
  }
  void watches(int change) override { watches_.Increment(change); }
  void upstream_failed(const Error& error) override;

 private:
  std::array<prometheus::Counter*, 3> requests_{};  // by Passage
  std::array<prometheus::Counter*, 2> bytes_{};     // by Direction
  prometheus::Gauge& watches_;
  prometheus::Counter& upstream_failures_;
  std::mutex mutex_;
  RepeatedWarnings warnings_;
};

}  // namespace hygiene::runtime
