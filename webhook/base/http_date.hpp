// Times as HTTP servers write them. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace hygiene::base {

// Source: RFC 9110, section 5.6.7, the form that is sent today: Sun, 06 Nov 1994 08:49:37 GMT. Nothing for
// any other text.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace hygiene::base
