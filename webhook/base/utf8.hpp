// Cutting UTF-8 text to a number of bytes without breaking a character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hygiene::base {

// `text` if it has at most `bytes_max` bytes, else its longest prefix that leaves room for a closing "…" (3
// bytes) and ends between characters.
std::string truncate_utf8(std::string_view text, std::size_t bytes_max);

// True if `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

}  // namespace hygiene::base
