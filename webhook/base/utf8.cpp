#include "base/utf8.hpp"

namespace hygiene::base {
namespace {

constexpr std::string_view kEllipsis = "…";

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < low || second > high) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if (!is_continuation(text[at])) return 0;
  }
  return length;
}

std::string truncate_utf8(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  if (bytes_max < kEllipsis.size()) return {};
  std::size_t end = bytes_max - kEllipsis.size();
  while (end > 0 && is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

std::string_view utf8_prefix(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const auto length = character_bytes(text.substr(end));
    if (length == 0) break;
    end += length;
  }
  return text.substr(0, end);
}

bool is_utf8(std::string_view text) {
  return utf8_prefix(text).size() == text.size();
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string valid;
  while (!text.empty()) {
    const auto length = character_bytes(text);
    valid += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

}  // namespace hygiene::base
