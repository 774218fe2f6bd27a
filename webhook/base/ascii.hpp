// Classes of ASCII characters, whatever the locale, and bytes written in ASCII: hexadecimal and
// percent-encoded. Thread-safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hygiene::base {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_alphanumeric(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}
// C0 and DEL; tab and line ends are among them.
constexpr bool is_control(char c) {
  return (c >= '\0' && c < ' ') || c == '\x7f';
}
constexpr char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
// Of a hexadecimal digit of either case; -1 for any other character.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return to_lower(c) >= 'a' && to_lower(c) <= 'f' ? to_lower(c) - 'a' + 10 : -1;
}

// Two lower-case digits a byte.
std::string to_hex(std::span<const unsigned char> bytes);

// Percent-encodes all but the unreserved characters of RFC 3986: letters, digits and -._~.
std::string percent_encode(std::string_view text);

}  // namespace hygiene::base
