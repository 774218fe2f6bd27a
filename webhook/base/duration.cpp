#include "base/duration.hpp"

#include <charconv>
#include <cstdint>

namespace hygiene::base {
namespace {

using std::chrono::milliseconds;

// Nothing for a name that is no unit.
std::optional<milliseconds> unit_of(std::string_view name) {
  if (name == "ms") return milliseconds(1);
  if (name == "s") return std::chrono::seconds(1);
  if (name == "m") return std::chrono::minutes(1);
  if (name == "h") return std::chrono::hours(1);
  if (name == "d") return std::chrono::hours(24);
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  milliseconds sum{0};
  while (!text.empty()) {
    std::uint32_t count = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (ec != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    const auto unit = unit_of(name);
    // 2^32 days are less than 2^63 ms, so neither the product nor the sum overflows.
    if (!unit) return std::nullopt;
    sum += count * *unit;
    if (sum > kDurationMax) return std::nullopt;
    text.remove_prefix(name.size());
  }
  return sum;
}

}  // namespace hygiene::base
