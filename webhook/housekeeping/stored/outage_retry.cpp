#include "housekeeping/stored/outage_retry.hpp"

#include <algorithm>
#include <thread>

namespace hygiene::housekeeping {
namespace {

// How long a signal waits to be seen.
constexpr std::chrono::nanoseconds kStep = std::chrono::milliseconds(50);

}  // namespace

bool OutageRetry::sleep(std::chrono::nanoseconds length) const {
  while (length.count() > 0 && !interrupted()) {
    const auto step = std::min(length, kStep);
    std::this_thread::sleep_for(step);
    length -= step;
  }
  return !interrupted();
}

bool OutageRetry::wait_for_server() {
  if (waited_ >= rules_.in_all) return false;
  next_ = next_.count() == 0 ? rules_.first : std::min(2 * next_, rules_.longest);
  waited_ += next_;
  return sleep(next_);
}

}  // namespace hygiene::housekeeping
