#include "base/http_date.hpp"

#include <string>

#include "base/rfc3339.hpp"

namespace hygiene::base {

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kForm.size() || !text.ends_with(" GMT")) return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  return parse_rfc3339(std::string(text.substr(12, 4)) + (number.size() == 1 ? "-0" : "-") + number + '-' +
                       std::string(text.substr(5, 2)) + 'T' + std::string(text.substr(17, 8)) + 'Z');
}

}  // namespace hygiene::base
