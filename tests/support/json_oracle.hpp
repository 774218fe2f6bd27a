// RapidJSON's DOM as the oracle of the streaming readers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

namespace hygiene::test {

// The whole file `path` below the source tree.
std::string read_source_file(const std::string& path);
// Paths of the recorded AdmissionReviews, below the source tree.
std::vector<std::string> sample_paths();

rapidjson::Document parse_dom(std::string_view text);
// The string at `pointer` (RFC 6901), or "" where there is none.
std::string text_at(const rapidjson::Document& document, const char* pointer);

// `document` with a JSON Patch applied to the value at `root`, as the API server applies it: `add` and
// `remove` only, which are all that our patches hold. Throws where an operation does not apply.
std::string patched(std::string_view document, std::string_view patch, const std::string& root);

// Decoded length of base64, counted the slow way.
std::size_t decoded_length(std::string_view base64);

}  // namespace hygiene::test
