// Failures that repeat, in the log without a storm: of each kind one line now and then, which says how many
// there were since the last. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>

#include "base/result.hpp"
#include "telemetry/log.hpp"

namespace hygiene::runtime {

class RepeatedWarnings {
 public:
  using Clock = std::chrono::steady_clock;

  // An API server that is away fails each watch every two seconds and the ledger every second.
  explicit RepeatedWarnings(telemetry::Log& log, Clock::duration apart = std::chrono::seconds(10))
      : log_(log), apart_(apart) {}

  // A warning, unless one of the same kind was written less than `apart` ago. `what` is of static storage.
  void add(std::string_view what, const Error& error);

 private:
  struct Kind {
    Clock::time_point written;
    std::uint64_t times = 0;  // since then
  };
  telemetry::Log& log_;
  Clock::duration apart_;
  std::map<std::string_view, Kind> kinds_;
};

}  // namespace hygiene::runtime
