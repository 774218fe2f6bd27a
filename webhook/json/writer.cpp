#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/algorithm/hex.hpp>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/base64.hpp"
#include "base/invariant.hpp"
#include "base/utf8.hpp"

namespace hygiene::json {
namespace {

// True for a byte that stands in a JSON string as it is, and is a character by itself.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

// The escape of a byte below 0x80 that is not plain. Source: RFC 8259, section 7.
std::string escape(char byte) {
  constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  if (const auto at = kEscaped.find(byte); at != std::string_view::npos) return {'\\', kLetters[at]};
  return "\\u00" + boost::algorithm::hex(std::string(1, byte));
}

}  // namespace

void Writer::value(double number) {
  if (!std::isfinite(number)) return string(std::to_string(number));
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer>(buffer).Double(number);
  raw({buffer.GetString(), buffer.GetSize()});
}

void Writer::value(const rapidjson::Value& value) {
  switch (value.GetType()) {
    case rapidjson::kObjectType:
      return object([&] {
        for (const auto& [name, member] : value.GetObject()) {
          field(std::string_view(name.GetString(), name.GetStringLength()), member);
        }
      });
    case rapidjson::kArrayType:
      return array([&] {
        for (const auto& element : value.GetArray()) this->value(element);
      });
    case rapidjson::kStringType:
      return string({value.GetString(), value.GetStringLength()});
    case rapidjson::kNumberType:
      if (value.IsUint64()) return this->value(value.GetUint64());
      return value.IsInt64() ? this->value(value.GetInt64()) : this->value(value.GetDouble());
    case rapidjson::kNullType:
      return null();
    default:
      return this->value(value.GetBool());
  }
}

void Writer::base64(std::string_view bytes) {
  separate();
  text_ += '"';
  base::append_base64(text_, bytes);
  text_ += '"';
}

void Writer::raw(std::string_view json) {
  separate();
  text_ += json;
}

void Writer::key(std::string_view name) {
  base::invariant(!after_key_, "a key is not followed by another");
  separate();
  quote(name);
  text_ += ':';
  if (indent_ > 0) text_ += ' ';
  after_key_ = true;
}

std::string Writer::take() {
  std::string taken(view());
  text_.clear();
  return taken;
}

// What stands before a key, or before a value without one.
void Writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!empty_) text_ += ',';
  start_line();
  empty_ = false;
}

void Writer::start_line() {
  if (indent_ == 0) return;
  text_ += '\n';
  for (unsigned space = 0; space < indent_ * depth_; ++space) text_ += ' ';
}

void Writer::begin(char bracket) {
  separate();
  text_ += bracket;
  ++depth_;
  empty_ = true;
}

void Writer::end(char bracket) {
  base::invariant(depth_ > 0 && !after_key_, "what ends was begun and is whole");
  --depth_;
  if (!empty_) start_line();
  text_ += bracket;
  empty_ = false;
}

void Writer::string(std::string_view text) {
  separate();
  quote(text);
}

void Writer::quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    text_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t bytes = base::character_bytes(text);
    if (bytes == 1) {
      text_ += escape(text[0]);
    } else {
      text_ += bytes == 0 ? base::kReplacement : text.substr(0, bytes);
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  text_ += '"';
}

}  // namespace hygiene::json
