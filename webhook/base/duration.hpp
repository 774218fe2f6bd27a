// Durations as people write them for Go and Kubernetes. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace hygiene::base {

// A hundred years: longer than anybody means, and far from where a clock that counts nanoseconds overflows.
inline constexpr std::chrono::hours kDurationMax{24 * 36'500};

// Whole numbers, each with a unit (d, h, m, s, ms), one after the other: 500ms, 5s, 1h30m, 1d12h. A day has
// 24 hours. Nothing for any other text, and for more than kDurationMax.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace hygiene::base
