// The lines of an HTTP/1.1 head. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hygiene::proxy {

// Takes the next line, without its CRLF, from the front of `text`. Nothing if no line ends there, or if the
// line holds a control character other than a tab (a CR or an LF by itself is one).
std::optional<std::string_view> take_line(std::string_view& text);

struct HeaderField {
  std::string_view name;
  std::string_view value;  // without the white space around it
};
// Nothing: the line is no header. It has no colon, a name that is no token, or white space before the colon,
// as a folded line has.
std::optional<HeaderField> field_of(std::string_view line);

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text);
// Whether a list such as "keep-alive, Upgrade" holds the token, in any case.
bool lists_token(std::string_view list, std::string_view token);
// Decimal digits alone, no more than 18 of them.
std::optional<std::uint64_t> decimal(std::string_view text);

}  // namespace hygiene::proxy
