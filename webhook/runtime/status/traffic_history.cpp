#include "runtime/status/traffic_history.hpp"

#include <numeric>

namespace hygiene::runtime {
namespace {

using TimePoint = std::chrono::system_clock::time_point;

TimePoint slot_start(TimePoint time) {
  return time - time.time_since_epoch() % TrafficHistory::kLength;
}

}  // namespace

std::uint64_t TrafficSlot::all() const {
  return std::accumulate(answered.begin(), answered.end(), std::uint64_t{0});
}

std::uint64_t TrafficSlot::of(admission::Decision decision) const {
  return answered[static_cast<std::size_t>(decision)];
}

TrafficHistory::TrafficHistory(TimePoint start) {
  slots_.push_back({slot_start(start), {}});
}

void TrafficHistory::sample(const Answered& total, TimePoint now) {
  const TimePoint start = slot_start(now);
  const std::lock_guard lock(mutex_);
  if (start - slots_.back().start >= kLength * static_cast<int>(kSlots)) {
    slots_.assign(1, {start - kLength * static_cast<int>(kSlots - 1), {}});
  }
  while (slots_.back().start < start) slots_.push_back({slots_.back().start + kLength, {}});
  if (slots_.size() > kSlots)
    slots_.erase(slots_.begin(), slots_.end() - static_cast<std::ptrdiff_t>(kSlots));
  for (std::size_t i = 0; i < total.size(); ++i) slots_.back().answered[i] += total[i] - seen_[i];
  seen_ = total;
}

std::vector<TrafficSlot> TrafficHistory::slots() const {
  const std::lock_guard lock(mutex_);
  return slots_;
}

}  // namespace hygiene::runtime
