// One line of the log, as JSON or as text for people, without its end of line. Thread-safety: pure
// functions.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/log.hpp"

namespace hygiene::telemetry {

struct Entry {
  std::chrono::system_clock::time_point time;
  Level level = Level::info;
  std::string_view message;
  std::span<const Field> fields;
};

// Valid JSON for any bytes: what is not UTF-8 becomes U+FFFD. A number that JSON cannot hold is written as a
// string.
std::string json_line(const Entry& entry);
// Control characters are escaped, so that a line stays one line.
std::string text_line(const Entry& entry);

// RFC 3339 in UTC, with milliseconds.
std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace hygiene::telemetry
