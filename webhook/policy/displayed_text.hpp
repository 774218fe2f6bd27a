// Texts of others as messages show them: no control characters, and cut to a length that a person reads.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "secret/facts.hpp"

namespace hygiene::policy {

// `text` with each control character (C0, DEL, C1, line ends of Unicode) replaced.
std::string without_controls(std::string_view text, char substitute);
// A legal name is shown whole; an illegal one (/mutate sees objects before they are validated) may have
// megabytes.
inline constexpr std::size_t kNameShownBytesMax = 253;
// At most `bytes_max` bytes of `text`, each control character as a question mark.
std::string shown(std::string_view text, std::size_t bytes_max = kNameShownBytesMax);
// namespace/name; what stands for the name before the API server has given one.
std::string reference(const secret::Facts& object);

}  // namespace hygiene::policy
