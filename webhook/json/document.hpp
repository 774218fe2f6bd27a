// Parses a whole JSON text into RapidJSON's tree. This is the only code of the program that parses with
// RapidJSON, and tests/structure holds it so: RapidJSON's own default recurses once for each level of a text,
// so that 200,000 brackets from outside end the process. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include <rapidjson/fwd.h>

#include "base/result.hpp"
#include "base/wiping_text.hpp"

namespace hygiene::json {

// Kubernetes' own objects nest about ten levels deep, managedFields deepest. Whoever walks the tree may
// recurse this far, as RapidJSON's Accept() does.
inline constexpr std::size_t kDocumentDepthMax = 64;

// Copies strings out of `text`. Errors, each with the offset: syntax (not one JSON text), encoding (not
// UTF-8), limit (nested deeper than kDocumentDepthMax). `document` is null after an error.
base::Result<void> parse_document(rapidjson::Document& document, std::string_view text);
// The same in place, for a text that holds a credential or a Secret: no string is copied. The strings of
// `document` lie in `text`, which must outlive it and holds no JSON afterwards.
base::Result<void> parse_document_in_place(rapidjson::Document& document, base::WipingText& text);

}  // namespace hygiene::json
