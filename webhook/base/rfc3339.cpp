#include "base/rfc3339.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/ascii.hpp"

namespace hygiene::base {
namespace {

constexpr std::string_view kDay = "dddd-dd-dd";
constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
constexpr std::string_view kOffset = "dd:dd";

// `form`: a d is a digit.
bool begins_with(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return false;
  }
  return true;
}

// Takes a fraction of a second off `text`. False: a point without a digit.
bool skip_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return true;
  const auto end = std::find_if_not(text.begin() + 1, text.end(), is_digit);
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  return *(end - 1) != '.';
}

unsigned part(std::string_view text, std::size_t at, std::size_t length) {
  unsigned value = 0;
  std::from_chars(text.data() + at, text.data() + at + length, value);
  return value;
}

// Of text that begins with kDay.
std::chrono::year_month_day day_of(std::string_view text) {
  return {std::chrono::year(static_cast<int>(part(text, 0, 4))), std::chrono::month(part(text, 5, 2)),
          std::chrono::day(part(text, 8, 2))};
}

// How far the time is ahead of UTC, by what follows it: Z, +01:00.
std::optional<std::chrono::minutes> offset_of(std::string_view text) {
  if (text == "Z") return std::chrono::minutes(0);
  if (text.size() != 1 + kOffset.size() || !begins_with(text.substr(1), kOffset)) return std::nullopt;
  const unsigned hours = part(text, 1, 2), minutes = part(text, 4, 2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(60 * hours + minutes);
  if (text.front() == '+') return offset;
  return text.front() == '-' ? std::optional(-offset) : std::nullopt;
}

}  // namespace

std::chrono::sys_seconds within_clock(std::chrono::sys_seconds time) {
  using std::chrono::system_clock;
  const auto most = std::chrono::floor<std::chrono::seconds>(system_clock::duration::max() / 2);
  return std::clamp(time, std::chrono::sys_seconds(-most), std::chrono::sys_seconds(most));
}

std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) {
  if (!begins_with(text, kForm)) return std::nullopt;
  std::string_view rest = text.substr(kForm.size());
  if (!skip_fraction(rest)) return std::nullopt;
  const auto ahead = offset_of(rest);
  const auto day = day_of(text);
  const unsigned hour = part(text, 11, 2), minute = part(text, 14, 2), second = part(text, 17, 2);
  if (!ahead || !day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return within_clock(std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                      std::chrono::seconds(second) - *ahead);
}

std::optional<std::chrono::sys_seconds> parse_end_of_day(std::string_view text) {
  if (text.size() != kDay.size() || !begins_with(text, kDay) || !day_of(text).ok()) return std::nullopt;
  return within_clock(std::chrono::sys_days(day_of(text)) + std::chrono::days(1));
}

std::chrono::sys_seconds now_in_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  const int bytes =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(bytes)};
}

}  // namespace hygiene::base
