// Parses a whole JSON text into RapidJSON's tree, and finds values in it. No other code of the program parses
// with RapidJSON, and tests/structure checks that: by default RapidJSON recurses once for each level of a
// text, so 200,000 brackets from outside end the process. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include <rapidjson/fwd.h>

#include "base/result.hpp"
#include "base/wiping_text.hpp"

namespace hygiene::json {

// Objects of Kubernetes nest about ten levels deep, managedFields deepest. Code that walks the tree may
// recurse this far, as Writer::value() does.
inline constexpr std::size_t kDocumentDepthMax = 64;

// Copies strings out of `text`. Errors, each with the offset: syntax (not one JSON text), encoding (not
// UTF-8, or half a surrogate pair), limit (nested deeper than kDocumentDepthMax). `document` is null after an
// error.
Result<void> parse_document(rapidjson::Document& document, std::string_view text);
// The same in place, for a text that holds a credential or a Secret: no string is copied. The strings of
// `document` lie in `text`, which must outlive it and holds no JSON afterwards.
Result<void> parse_document_in_place(rapidjson::Document& document, base::WipingText& text);

// Names of members, from the outermost object inwards.
using Path = std::initializer_list<std::string_view>;

// What is at `path` below `value`; null where there is nothing.
const rapidjson::Value* find(const rapidjson::Value& value, Path path);
// The same where it is an object, else null.
const rapidjson::Value* object_at(const rapidjson::Value& value, Path path);
// The string there, which lies in `value`; empty where there is none.
std::string_view text_at(const rapidjson::Value& value, Path path);
// The elements of the array there; none where there is no array.
std::span<const rapidjson::Value> elements_at(const rapidjson::Value& value, Path path);
// Nothing where there is no boolean, or no whole number below 2^32.
std::optional<bool> truth_at(const rapidjson::Value& value, Path path);
std::optional<std::uint32_t> number_at(const rapidjson::Value& value, Path path);

}  // namespace hygiene::json
