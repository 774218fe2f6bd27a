#include "proxy/header_lines.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace hygiene::proxy {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(begin);
  const std::size_t last = text.find_last_not_of(kBlank);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  const auto forbidden = [](char c) { return base::is_control(c) && c != '\t'; };
  if (std::any_of(line.begin(), line.end(), forbidden)) return std::nullopt;
  text.remove_prefix(end + 2);
  return line;
}

std::optional<HeaderField> field_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  return HeaderField{line.substr(0, colon), trimmed(line.substr(colon + 1))};
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool lists_token(std::string_view list, std::string_view token) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (equals_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;
  const bool digits = std::all_of(text.begin(), text.end(), base::is_digit);
  if (text.empty() || text.size() > kDigitsMax || !digits) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool equals_ignoring_case(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return base::to_lower(a) == base::to_lower(b); });
}

}  // namespace hygiene::proxy
