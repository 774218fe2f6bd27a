// Base64 (RFC 4648 section 4) as Kubernetes writes the values of a Secret, a kubeconfig's `-data` fields and
// a caBundle. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/wiping_text.hpp"

namespace hygiene::base {

std::string encode_base64(std::string_view bytes);
// The same at the end of `text`, for a key or a value of a Secret: no copy of it stays in memory.
void append_base64(base::WipingText& text, std::string_view bytes);
// White space between characters is passed over. Errors: encoding. The text is never part of the error.
base::Result<base::WipingText> decode_base64(std::string_view text);

}  // namespace hygiene::base
