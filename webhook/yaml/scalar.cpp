#include "yaml/scalar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/ascii.hpp"

namespace hygiene::yaml {
namespace {

using base::is_digit;

constexpr std::array<std::string_view, 11> kTrue{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                 "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse{"n",     "N",     "no",  "No",  "NO", "false",
                                                  "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 12> kNamedNumbers{
    ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_sign(char c) {
  return c == '+' || c == '-';
}

// Takes the digits at the front of `text` off; how many there were.
std::size_t take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

// [-+]?(.digits|digits(.digits?)?)([eE][-+]?digits)?
bool is_decimal(std::string_view text) {
  if (!text.empty() && is_sign(text.front())) text.remove_prefix(1);
  const std::size_t whole = take_digits(text);
  std::size_t fraction = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole == 0 && fraction == 0) return false;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && is_sign(text.front())) text.remove_prefix(1);
    if (take_digits(text) == 0) return false;
  }
  return text.empty();
}

// 0x, 0o and 0b, with a sign or without.
bool is_prefixed_integer(std::string_view text) {
  if (!text.empty() && is_sign(text.front())) text.remove_prefix(1);
  if (text.size() < 3 || text[0] != '0') return false;
  std::string_view digits;
  switch (text[1]) {
    case 'x':
    case 'X':
      digits = "0123456789abcdefABCDEF";
      break;
    case 'o':
    case 'O':
      digits = "01234567";
      break;
    case 'b':
    case 'B':
      digits = "01";
      break;
    default:
      return false;
  }
  return text.substr(2).find_first_not_of(digits) == std::string_view::npos;
}

// go-yaml leaves a number that no float64 holds a string.
bool is_finite(const std::string& decimal) {
  return std::isfinite(std::strtod(decimal.c_str(), nullptr));
}

}  // namespace

PlainKind classify_plain(std::string_view text) {
  if (is_one_of(kNull, text)) return PlainKind::null;
  if (is_one_of(kTrue, text)) return PlainKind::true_value;
  if (is_one_of(kFalse, text)) return PlainKind::false_value;
  if (is_one_of(kNamedNumbers, text)) return PlainKind::number;
  const char first = text.front();
  if (!is_digit(first) && !is_sign(first) && first != '.') return PlainKind::string;
  std::string number(text);
  // Underscores may stand between digits, but not in what begins with a dot.
  if (first != '.') std::erase(number, '_');
  const bool is_number = is_prefixed_integer(number) || (is_decimal(number) && is_finite(number));
  return is_number ? PlainKind::number : PlainKind::string;
}

}  // namespace hygiene::yaml
