// When writes may be sent, so many a second and no more at once. Thread-safety: one thread at a time.
#pragma once

#include <chrono>

namespace hygiene::housekeeping {

class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  // 0: no pause.
  explicit RateLimit(double per_second);

  // How long the next write waits, if it is `now`. Called once for each: time that was not used is gone, for
  // a burst after an outage is what an API server needs least.
  Clock::duration next(Clock::time_point now);

 private:
  Clock::duration gap_{0};
  Clock::time_point free_;  // the next write may be sent from here on
};

}  // namespace hygiene::housekeeping
