#include "proxy/header_lines.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <boost/algorithm/string.hpp>

#include "base/ascii.hpp"

namespace hygiene::proxy {
namespace {

std::string_view trimmed(std::string_view text) {
  return boost::algorithm::trim_copy_if(text, boost::algorithm::is_any_of(" \t"));
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
  std::vector<std::string_view> entries;
  boost::algorithm::split(entries, list, [](char c) { return c == ','; });
  return std::ranges::any_of(entries, [&](auto each) { return boost::iequals(trimmed(each), token); });
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;
  const bool digits = std::all_of(text.begin(), text.end(), base::is_digit);
  if (text.empty() || text.size() > kDigitsMax || !digits) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace hygiene::proxy
