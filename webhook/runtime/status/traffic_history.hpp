// How many reviews were answered, and how, over the last hours: differences of counters that are kept anyway,
// so that it costs a request nothing. Thread-safety: internally locked.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "admission/verdict.hpp"

namespace hygiene::runtime {

// Reviews answered since the start, by what they got.
using Answered = std::array<std::uint64_t, admission::kDecisions>;

struct TrafficSlot {
  std::chrono::system_clock::time_point start;  // a multiple of kLength since the epoch
  Answered answered{};

  std::uint64_t all() const;
  std::uint64_t of(admission::Decision decision) const;
};

class TrafficHistory {
 public:
  // Six hours in slots that a phone's screen has room for.
  static constexpr std::chrono::minutes kLength{3};
  static constexpr std::size_t kSlots = 120;

  explicit TrafficHistory(std::chrono::system_clock::time_point start);

  // What was answered since the last call goes to the slot of `now`; call it often, as compared with kLength,
  // and before slots(). A clock that was set back adds to the newest slot; one that was set ahead leaves
  // empty ones.
  void sample(const Answered& total, std::chrono::system_clock::time_point now);
  // Oldest first, without a gap, the last one still open; fewer than kSlots until then.
  std::vector<TrafficSlot> slots() const;

 private:
  mutable std::mutex mutex_;
  std::vector<TrafficSlot> slots_;
  Answered seen_{};
};

}  // namespace hygiene::runtime
