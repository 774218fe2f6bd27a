#include "json/document.hpp"

#include <string>
#include <utility>

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace hygiene::json {
namespace {

// Half of a surrogate pair, encoded. Text that was validated as UTF-8 holds it only where an escape stood for
// it: RapidJSON 1.1 refuses the first half alone (\uD800), and not the second (\uDFAA).
bool holds_surrogate(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

// RapidJSON's Document builds itself from the reader's events; this one stops the reader at the bound, and at
// what is no text.
class BoundedDocument final : public rapidjson::Document {
 public:
  bool StartObject() { return descend() && GenericDocument::StartObject(); }
  bool StartArray() { return descend() && GenericDocument::StartArray(); }
  bool EndObject(rapidjson::SizeType members) {
    --depth_;
    return GenericDocument::EndObject(members);
  }
  bool EndArray(rapidjson::SizeType elements) {
    --depth_;
    return GenericDocument::EndArray(elements);
  }
  bool Key(const Ch* text, rapidjson::SizeType size, bool copy) {
    return !holds_surrogate({text, size}) && GenericDocument::Key(text, size, copy);
  }
  bool String(const Ch* text, rapidjson::SizeType size, bool copy) {
    return !holds_surrogate({text, size}) && GenericDocument::String(text, size, copy);
  }
  bool too_deep() const { return depth_ > kDocumentDepthMax; }

 private:
  bool descend() { return ++depth_ <= kDocumentDepthMax; }

  std::size_t depth_ = 0;
};

Error error_of(const rapidjson::ParseResult& parsed, bool too_deep) {
  const base::Position where{parsed.Offset()};
  if (too_deep) return Error(Errc::limit, "nested deeper than " + std::to_string(kDocumentDepthMax), where);
  if (parsed.Code() == rapidjson::kParseErrorTermination) {
    return Error(Errc::encoding, "not JSON: an escape stands for half a surrogate pair", where);
  }
  if (parsed.Code() == rapidjson::kParseErrorStringInvalidEncoding) {
    return Error(Errc::encoding, "not JSON: its text is not UTF-8", where);
  }
  return Error(Errc::syntax, "not JSON", where);
}

template <unsigned kFlags, class Stream>
Result<void> parse(rapidjson::Document& document, Stream stream, std::size_t size) {
  document.SetNull();
  BoundedDocument bounded;
  rapidjson::Reader reader;
  const auto generate = [&](rapidjson::Document&) {
    constexpr unsigned kAlways = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    return !reader.Parse<kFlags | kAlways>(stream, bounded).IsError();
  };
  bounded.Populate(generate);
  if (reader.HasParseError())
    return error_of({reader.GetParseErrorCode(), reader.GetErrorOffset()}, bounded.too_deep());
  // RapidJSON takes a NUL for the end of the text.
  if (stream.Tell() != size) return Error(Errc::syntax, "not JSON", {stream.Tell()});
  document = std::move(bounded);
  return {};
}

}  // namespace

Result<void> parse_document(rapidjson::Document& document, std::string_view text) {
  return parse<rapidjson::kParseNoFlags>(document, rapidjson::MemoryStream(text.data(), text.size()),
                                         text.size());
}

Result<void> parse_document_in_place(rapidjson::Document& document, base::WipingText& text) {
  return parse<rapidjson::kParseInsituFlag>(document, rapidjson::InsituStringStream(text.data()),
                                            text.size());
}

const rapidjson::Value* find(const rapidjson::Value& value, Path path) {
  const rapidjson::Value* found = &value;
  for (const std::string_view name : path) {
    if (!found->IsObject()) return nullptr;
    const rapidjson::Value key(rapidjson::StringRef(name.data(), name.size()));
    const auto member = found->FindMember(key);
    if (member == found->MemberEnd()) return nullptr;
    found = &member->value;
  }
  return found;
}

const rapidjson::Value* object_at(const rapidjson::Value& value, Path path) {
  const rapidjson::Value* found = find(value, path);
  return found != nullptr && found->IsObject() ? found : nullptr;
}

std::string_view text_at(const rapidjson::Value& value, Path path) {
  const rapidjson::Value* found = find(value, path);
  if (found == nullptr || !found->IsString()) return {};
  return {found->GetString(), found->GetStringLength()};
}

std::span<const rapidjson::Value> elements_at(const rapidjson::Value& value, Path path) {
  const rapidjson::Value* found = find(value, path);
  if (found == nullptr || !found->IsArray()) return {};
  return {found->Begin(), found->Size()};
}

std::optional<bool> truth_at(const rapidjson::Value& value, Path path) {
  const rapidjson::Value* found = find(value, path);
  return found != nullptr && found->IsBool() ? std::optional(found->GetBool()) : std::nullopt;
}

std::optional<std::uint32_t> number_at(const rapidjson::Value& value, Path path) {
  const rapidjson::Value* found = find(value, path);
  return found != nullptr && found->IsUint() ? std::optional(found->GetUint()) : std::nullopt;
}

}  // namespace hygiene::json
