#include "base/rfc3339.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace hygiene::base {
namespace {

constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";

bool has_form(std::string_view text) {
  if (text.size() <= kForm.size() || text.back() != 'Z') return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !is_digit(text[i]) : text[i] != kForm[i]) return false;
  }
  const std::string_view fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  return fraction.empty() || (fraction.size() > 1 && fraction[0] == '.' &&
                              std::all_of(fraction.begin() + 1, fraction.end(), is_digit));
}

unsigned part(std::string_view text, std::size_t at, std::size_t length) {
  unsigned value = 0;
  std::from_chars(text.data() + at, text.data() + at + length, value);
  return value;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) {
  if (!has_form(text)) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(part(text, 0, 4))),
                                        std::chrono::month(part(text, 5, 2)),
                                        std::chrono::day(part(text, 8, 2))};
  const unsigned hour = part(text, 11, 2), minute = part(text, 14, 2), second = part(text, 17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace hygiene::base
