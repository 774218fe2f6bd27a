// UTF-8: whether a text is, how it becomes so, and how it is cut between characters. Thread-safety: pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hygiene::base {

// `text` if it has at most `bytes_max` bytes, else its longest prefix that leaves room for a closing "…" (3
// bytes) and ends between characters.
std::string truncate_utf8(std::string_view text, std::size_t bytes_max);

// Bytes of the well-formed character at the front of `text`, 0 if there is none. `text` is not empty. Source:
// Unicode table 3-7, which leaves out overlong forms, surrogates and what is above U+10FFFF.
std::size_t character_bytes(std::string_view text);

// The longest prefix of `text` that is well-formed UTF-8.
std::string_view utf8_prefix(std::string_view text);
// True if all of `text` is.
bool is_utf8(std::string_view text);

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// `text` with kReplacement for each byte that is no part of a well-formed character.
std::string to_utf8(std::string_view text);

}  // namespace hygiene::base
