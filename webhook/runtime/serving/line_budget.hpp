// How many lines of the log the decisions of each policy may take, so that a storm of writes fills no disk.
// Thread-safety: internally locked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

class LineBudget {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // A policy may write so many lines at once, and then one a kLineEvery: at 400 bytes a line some 35 MB a
  // day.
  static constexpr std::uint64_t kLinesAtOnce = 100;
  static constexpr std::chrono::seconds kLineEvery{1};

  // `metrics` must outlive it.
  explicit LineBudget(telemetry::Metrics& metrics, Clock now = std::chrono::steady_clock::now);

  // Takes a line of `policy` (empty: of none); false if it has none left, which is counted.
  bool take(std::string_view policy);
  // Says in `log` how many lines of each policy were left out since the last time.
  void report(telemetry::Log& log);

 private:
  struct Policy {
    std::uint64_t lines = kLinesAtOnce;
    std::chrono::steady_clock::time_point since;  // the last time that a line was added
    std::uint64_t left_out = 0;
    prometheus::Counter* counter = nullptr;
  };

  telemetry::Metrics& metrics_;
  const Clock now_;
  std::mutex mutex_;
  // As many as there were policies since the start: who makes them may write what he likes anyway.
  std::map<std::string, Policy, std::less<>> policies_;
};

}  // namespace hygiene::runtime
