// Texts of a request as messages show them: no control characters, no endless names. Pure.
#pragma once

#include <string>
#include <string_view>

#include "secret/facts.hpp"

namespace hygiene::policy {

// `text` with each control character (C0, DEL, C1, line ends of Unicode) replaced.
std::string without_controls(std::string_view text, char substitute);
// At most `bytes_max` bytes of a name, without control characters.
std::string shown_name(std::string_view name, std::size_t bytes_max);
// A legal name is shown whole; an illegal one (/mutate sees objects before they are validated) may have
// megabytes.
inline constexpr std::size_t kNameShownBytesMax = 253;
// namespace/name; what stands for the name before the API server has given one.
std::string reference(const secret::Facts& object);

}  // namespace hygiene::policy
