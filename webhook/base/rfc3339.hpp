// Times as the API server writes them. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace hygiene::base {

// Source: metav1.Time is RFC 3339 in UTC, to the second: 2026-11-24T09:54:32Z; metav1.MicroTime adds a
// fraction, which is cut off. Nothing for any other text.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

}  // namespace hygiene::base
