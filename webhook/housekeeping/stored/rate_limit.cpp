#include "housekeeping/stored/rate_limit.hpp"

#include <algorithm>

namespace hygiene::housekeeping {

RateLimit::RateLimit(double per_second) {
  if (per_second > 0) {
    gap_ = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second));
  }
}

RateLimit::Clock::duration RateLimit::next(Clock::time_point now) {
  const Clock::time_point sent = std::max(now, free_);
  free_ = sent + gap_;
  return sent - now;
}

}  // namespace hygiene::housekeeping
