#include "counting/ledger_text.hpp"

#include <charconv>
#include <optional>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hygiene::counting {
namespace {

using base::Errc;
using base::Error;

constexpr std::string_view kFormat = "1";

std::string_view text_of(const rapidjson::Value& object, const char* key) {
  if (!object.IsObject()) return {};
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

const rapidjson::Value* object_of(const rapidjson::Value& object, const char* key) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() || !found->value.IsObject() ? nullptr : &found->value;
}

// The text up to the next space, which is passed over; the rest where there is none.
std::string_view take_word(std::string_view& line) {
  const auto end = line.find(' ');
  const auto word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

std::optional<std::uint64_t> take_number(std::string_view& line, int base = 10) {
  const auto word = take_word(line);
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(word.data(), word.data() + word.size(), number, base);
  if (error != std::errc() || stopped != word.data() + word.size()) return std::nullopt;
  return number;
}

std::string hex(std::uint64_t number) {
  char digits[16];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr);
}

std::string line_of(const EntryView& entry) {
  std::string line = hex(entry.key.uid) + ' ' + std::to_string(entry.key.before) + ' ' + hex(entry.key.call) +
                     ' ' + std::to_string(entry.bytes) + ' ';
  // The type is last: it alone may hold spaces.
  for (const auto& [text, end] :
       {std::pair{entry.namespace_name, ' '}, std::pair{entry.name, ' '}, std::pair{entry.type, '\n'}})
    (line += text) += end;
  return line;
}

std::optional<Entry> entry_of(std::string_view line) {
  Entry entry;
  const auto uid = take_number(line, 16);
  const auto before = take_number(line);
  const auto call = take_number(line, 16);
  const auto bytes = take_number(line);
  entry.namespace_name = take_word(line);
  entry.name = take_word(line);
  entry.type = line;
  if (!uid || !before || !call || !bytes || entry.name.empty()) return std::nullopt;
  entry.key.uid = *uid;
  entry.key.before = *before;
  entry.key.call = *call;
  entry.bytes = *bytes;
  return entry;
}

// Calls `each` for every line. False once it does, or where the last has no end.
template <class Each>
bool for_lines(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !each(text.substr(0, end))) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

Error unreadable(const char* what) {
  return {Errc::syntax, std::string("the ledger ") + what};
}

}  // namespace

std::size_t ledger_bytes(const EntryView& entry) {
  return line_of(entry).size();
}

std::string render_ledger(const Ledger& ledger, std::string_view namespace_name, std::string_view name) {
  std::string views, entries;
  for (const auto& [selector, revision] : ledger.min_views)
    views += std::to_string(revision) + ' ' + selector + '\n';
  for (const auto& entry : ledger.entries) entries += line_of(entry.view());
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> json(out);
  const auto put = [&json](std::string_view key, std::string_view value) {
    json.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  put("apiVersion", "v1");
  put("kind", "ConfigMap");
  json.Key("metadata");
  json.StartObject();
  put("name", name);
  put("namespace", namespace_name);
  if (!ledger.version.empty()) put("resourceVersion", ledger.version);
  json.EndObject();
  json.Key("data");
  json.StartObject();
  put("format", kFormat);
  put("id", ledger.id);
  put("cooling", ledger.cooling ? "true" : "false");
  put("minViews", views);
  put("entries", entries);
  json.EndObject();
  json.EndObject();
  return {out.GetString(), out.GetSize()};
}

base::Result<Ledger> parse_ledger(std::string_view config_map) {
  // Escapes and managedFields come on top of the values.
  if (config_map.size() > 2 * kLedgerBytesMax) return unreadable("is larger than a ConfigMap can be");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(config_map.data(), config_map.size());
  if (document.HasParseError()) return unreadable("is not JSON");
  const auto* metadata = object_of(document, "metadata");
  const auto* data = object_of(document, "data");
  if (metadata == nullptr || data == nullptr) return unreadable("has no data");
  if (text_of(*data, "format") != kFormat) return unreadable("has another format");
  Ledger ledger;
  ledger.version = text_of(*metadata, "resourceVersion");
  ledger.id = text_of(*data, "id");
  const auto cooling = text_of(*data, "cooling");
  if (ledger.version.empty() || ledger.id.empty() || (cooling != "true" && cooling != "false"))
    return unreadable("lacks its version, its id or its state");
  ledger.cooling = cooling == "true";
  const bool views = for_lines(text_of(*data, "minViews"), [&ledger](std::string_view line) {
    const auto revision = take_number(line);
    if (revision) ledger.min_views[std::string(line)] = *revision;
    return revision.has_value();
  });
  const bool entries = for_lines(text_of(*data, "entries"), [&ledger](std::string_view line) {
    auto entry = entry_of(line);
    if (entry) ledger.entries.push_back(std::move(*entry));
    return entry.has_value();
  });
  if (!views || !entries || data->FindMember("minViews") == data->MemberEnd() ||
      data->FindMember("entries") == data->MemberEnd())
    return unreadable("holds a line that is none of ours");
  return ledger;
}

std::string ledger_version(std::string_view config_map) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(config_map.data(), config_map.size());
  if (document.HasParseError()) return {};
  const auto* metadata = object_of(document, "metadata");
  return metadata == nullptr ? std::string() : std::string(text_of(*metadata, "resourceVersion"));
}

}  // namespace hygiene::counting
