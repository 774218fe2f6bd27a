// Times as the API server and credential plugins write them. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hygiene::base {

// The nearest time of which any two can be subtracted as system_clock's, which counts nanoseconds in 64 bits:
// from 1824 to 2116.
std::chrono::sys_seconds within_clock(std::chrono::sys_seconds time);

// Source: metav1.Time is RFC 3339 in UTC, to the second: 2026-11-24T09:54:32Z; metav1.MicroTime adds a
// fraction, which is cut off. Who reads either takes an offset from UTC too: 2026-11-24T10:54:32+01:00. As of
// within_clock(). Nothing for any other text.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

// The end, in UTC, of the day that `text` names: of 2027-01-31 the first moment of February. As of
// within_clock(). Nothing for any other text.
std::optional<std::chrono::sys_seconds> parse_end_of_day(std::string_view text);

// What the clock of this machine says, to the second.
std::chrono::sys_seconds now_in_seconds();

// In UTC, to the second: 2026-11-24T09:54:32Z.
std::string to_rfc3339(std::chrono::sys_seconds time);

}  // namespace hygiene::base
