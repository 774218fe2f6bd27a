#include "yaml/writer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <rapidjson/document.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include "base/ascii.hpp"
#include "base/invariant.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace hygiene::yaml {
namespace {

using rapidjson::Value;

// yaml-cpp quotes what would break the syntax, but not a text that reads as another type.
constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};

bool reads_as_text(std::string_view text) {
  if (text.empty() || !(base::is_lower(text.front()) || base::is_upper(text.front()))) return false;
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), base::to_lower);
  return std::ranges::find(kWords, lower) == kWords.end();
}

void emit_text(YAML::Emitter& yaml, const Value& text) {
  const std::string written(text.GetString(), text.GetStringLength());
  if (!reads_as_text(written)) yaml << YAML::DoubleQuoted;
  yaml << written;
}

void emit(YAML::Emitter& yaml, const Value& value) {
  if (value.IsObject()) {
    yaml << YAML::BeginMap;
    for (const auto& member : value.GetObject()) {
      yaml << YAML::Key;
      emit_text(yaml, member.name);
      yaml << YAML::Value;
      emit(yaml, member.value);
    }
    yaml << YAML::EndMap;
  } else if (value.IsArray()) {
    yaml << YAML::BeginSeq;
    for (const Value& element : value.GetArray()) emit(yaml, element);
    yaml << YAML::EndSeq;
  } else if (value.IsString()) {
    emit_text(yaml, value);
  } else if (value.IsNull()) {
    yaml << YAML::Null;
  } else {
    json::Writer number;
    number.value(value);
    yaml << number.take();
  }
}

}  // namespace

void write_yaml(std::string_view json, std::ostream& out) {
  rapidjson::Document document;
  const auto parsed = json::parse_document(document, json);
  base::invariant(parsed.has_value(), "what is written as YAML is JSON");
  YAML::Emitter yaml(out);
  emit(yaml, document);
  base::invariant(yaml.good(), "JSON is a part of YAML");
  out << '\n';
}

}  // namespace hygiene::yaml
