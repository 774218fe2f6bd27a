#include "base/quantity.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>

#include "base/ascii.hpp"

namespace hygiene::base {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
// 10^19, to which 19 nines are rounded up, fits in 64 bits, and times 2^60 (Ei) in 128; kMax has 19 digits.
constexpr std::size_t kSignificantDigitsMax = 19;

// Beyond it every value but 0 is over kMax, or under a byte.
constexpr int kExponentMax = 1000;

// A text that is longer is no slip of the hand.
constexpr std::size_t kSuggestedFromBytesMax = 32;

struct Suffix {
  std::string_view text;
  unsigned power_of_two;
  int power_of_ten;
};
constexpr std::array kSuffixes{
    Suffix{"", 0, 0},    Suffix{"k", 0, 3},   Suffix{"M", 0, 6},   Suffix{"G", 0, 9},   Suffix{"T", 0, 12},
    Suffix{"P", 0, 15},  Suffix{"E", 0, 18},  Suffix{"Ki", 10, 0}, Suffix{"Mi", 20, 0}, Suffix{"Gi", 30, 0},
    Suffix{"Ti", 40, 0}, Suffix{"Pi", 50, 0}, Suffix{"Ei", 60, 0},
};

// The digits in front of a suffix: `mantissa` times ten to the `exponent`, rounded up at the last digit that
// fits.
struct Number {
  std::uint64_t mantissa = 0;
  int exponent = 0;
  std::string_view rest;  // what follows the digits
};

std::optional<Number> read_number(std::string_view text) {
  Number number;
  bool fraction = false;
  std::size_t digits = 0;
  std::size_t significant = 0;
  bool rounded = false;
  std::size_t at = text.starts_with('+') ? 1 : 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    ++digits;
    if (c != '0' || number.mantissa != 0) ++significant;
    if (significant > kSignificantDigitsMax) {
      if (c != '0') rounded = true;
      if (!fraction) ++number.exponent;
      continue;
    }
    if (fraction) --number.exponent;
    number.mantissa = number.mantissa * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (digits == 0) return std::nullopt;
  if (rounded) ++number.mantissa;
  number.rest = text.substr(at);
  return number;
}

// The exponent in "e6" or "E-3", at most kExponentMax either way; nothing if `text` is none.
std::optional<int> read_exponent(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  const bool negative = text[1] == '-';
  if (negative || text[1] == '+') text.remove_prefix(1);
  text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  int value = 0;
  for (const char c : text) value = std::min(value * 10 + (c - '0'), kExponentMax);
  return negative ? -value : value;
}

// mantissa * 2^power_of_two * 10^power_of_ten, rounded up; nothing if it is over kMax.
std::optional<std::uint64_t> scale(std::uint64_t mantissa, unsigned power_of_two, int power_of_ten) {
  Wide value = static_cast<Wide>(mantissa) << power_of_two;
  if (value == 0) return 0;
  for (; power_of_ten > 0; --power_of_ten) {
    value *= 10;
    if (value > kMax) return std::nullopt;
  }
  // Rounding up at each step is rounding up once: ceil(ceil(a / m) / n) = ceil(a / (m * n)).
  for (; power_of_ten < 0 && value > 1; ++power_of_ten) value = (value + 9) / 10;
  if (value > kMax) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

}  // namespace

Result<std::uint64_t> parse_quantity(std::string_view text) {
  static constexpr auto kAllowed =
      "not a quantity: write a number of bytes, e.g. 512, 64Ki, 1.5Mi, 100k or 1e6";
  if (text.starts_with('-')) return Error(Errc::invalid, "a quantity of bytes cannot be negative");
  const auto number = read_number(text);
  if (!number) return Error(Errc::invalid, kAllowed);
  unsigned power_of_two = 0;
  int power_of_ten = number->exponent;
  if (const auto exponent = read_exponent(number->rest)) {
    power_of_ten += *exponent;
  } else if (number->rest == "m" || number->rest == "u" || number->rest == "n") {
    return Error(Errc::invalid, "the suffixes m, u and n are fractions of a byte; give whole bytes");
  } else {
    const auto suffix = std::ranges::find(kSuffixes, number->rest, &Suffix::text);
    if (suffix == kSuffixes.end()) {
      return Error(Errc::invalid, std::string(kAllowed) + " (suffixes: k M G T P, Ki Mi Gi Ti Pi Ei)");
    }
    power_of_two = suffix->power_of_two;
    power_of_ten += suffix->power_of_ten;
  }
  if (const auto bytes = scale(number->mantissa, power_of_two, power_of_ten)) return *bytes;
  return Error(Errc::limit, "too large: a quantity can be at most 9223372036854775807 bytes");
}

std::string suggest_quantity(std::string_view text) {
  if (text.size() > kSuggestedFromBytesMax) return {};
  std::string compact;
  std::ranges::copy_if(text, std::back_inserter(compact), [](char c) { return c != ' '; });
  if (compact.starts_with('-')) compact.erase(0, 1);
  const auto number = read_number(compact);
  if (!number) return {};
  const std::string digits = compact.substr(0, compact.size() - number->rest.size());
  std::string unit(number->rest);
  std::ranges::transform(unit, unit.begin(), to_lower);
  for (const std::string_view bytes : {"bytes", "byte", "b"}) {
    if (!unit.ends_with(bytes)) continue;
    unit.resize(unit.size() - bytes.size());
    break;
  }
  std::string meant = digits;
  std::string decimal;
  if (unit == "e") {
    meant += "e3";
  } else if (!unit.empty()) {
    const auto power = std::string_view("kmgtpe").find(unit.front());
    if (power == std::string_view::npos || unit.size() > 2 || (unit.size() == 2 && unit[1] != 'i')) return {};
    meant += "KMGTPE"[power];
    meant += 'i';
    if (unit.size() == 1) decimal = digits + "kMGTPE"[power] + " or ";
  }
  // What is too large as well is no help.
  return parse_quantity(meant) ? decimal + meant : std::string();
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  static constexpr std::array<std::string_view, 6> kUnits{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  const auto tenths = [bytes](std::size_t unit) {
    const Wide divisor = Wide{1} << (10 * (unit + 1));
    return static_cast<std::uint64_t>((Wide{bytes} * 10 + divisor / 2) / divisor);
  };
  // The unit is chosen after rounding: 1048575 bytes are 1Mi, not 1024Ki.
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && tenths(unit) >= 10240) ++unit;
  std::string text = std::to_string(tenths(unit) / 10);
  if (const auto decimal = tenths(unit) % 10; decimal != 0) text += "." + std::to_string(decimal);
  return text.append(kUnits[unit]);
}

}  // namespace hygiene::base
