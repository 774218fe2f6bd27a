#include "counting/ledger_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <boost/algorithm/hex.hpp>
#include <rapidjson/document.h>

#include "json/document.hpp"
#include "json/writer.hpp"

namespace hygiene::counting {
namespace {

constexpr std::string_view kFormat = "2";
constexpr std::string_view kEarlierFormat = "1";
// Before the digits of a word that is written as hexadecimal.
constexpr char kHexMark = '=';

// The text up to the next space, which is passed over; nothing where there is none.
std::optional<std::string_view> take_word(std::string_view& line) {
  const auto end = line.find(' ');
  if (end == std::string_view::npos) return std::nullopt;
  const auto word = line.substr(0, end);
  line.remove_prefix(end + 1);
  return word;
}

// Nothing where `digits` are no number of this base.
std::optional<std::uint64_t> number_of(std::string_view digits, int base) {
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || stopped != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> take_number(std::string_view& line, int base = 10) {
  const auto word = take_word(line);
  return word ? number_of(*word, base) : std::nullopt;
}

std::string hex(std::uint64_t number) {
  char digits[16];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr);
}

// True for what a line holds as it is and JSON does not escape. Source: the API server writes by Go's
// encoding/json, which escapes < > & and U+2028 too, with six bytes.
bool is_plain(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\"\\<>&").find(c) == std::string_view::npos;
}

// `text` as it stands in a line: as it is, or as hexadecimal digits, two bytes for one. So a type, which its
// user chooses, takes at most twice its length, in a line, in JSON and in etcd alike.
std::string word_of(std::string_view text) {
  if (!text.starts_with(kHexMark) && std::ranges::all_of(text, is_plain)) return std::string(text);
  return kHexMark + boost::algorithm::hex_lower(std::string(text));
}

// What only begins like hexadecimal digits stands for itself.
std::string text_of_word(std::string_view word) {
  if (!word.starts_with(kHexMark) || word.size() % 2 == 0) return std::string(word);
  std::string text;
  for (std::size_t i = 1; i < word.size(); i += 2) {
    const auto byte = number_of(word.substr(i, 2), 16);
    if (!byte) return std::string(word);
    text += static_cast<char>(*byte);
  }
  return text;
}

std::string line_of(const ReservationView& entry) {
  return hex(entry.key.uid) + ' ' + std::to_string(entry.key.before) + ' ' + hex(entry.key.call) + ' ' +
         std::to_string(entry.bytes) + ' ' + word_of(entry.namespace_name) + ' ' + word_of(entry.name) + ' ' +
         word_of(entry.type) + '\n';
}

std::string line_of(std::string_view selector, std::uint64_t revision) {
  return std::to_string(revision) + ' ' + word_of(selector) + '\n';
}

std::string line_of(const Block& block) {
  return hex(block.id) + ' ' + std::to_string(block.count) + ' ' + std::to_string(block.bytes) + ' ' +
         word_of(block.namespace_name) + ' ' + word_of(block.type) + '\n';
}

std::optional<Block> block_of(std::string_view line) {
  const auto id = take_number(line, 16);
  const auto count = take_number(line);
  const auto bytes = take_number(line);
  const auto namespace_name = take_word(line);
  if (!id || !count || !bytes || !namespace_name) return std::nullopt;
  return Block{*id, *count, *bytes, text_of_word(*namespace_name), text_of_word(line)};
}

std::optional<Reservation> entry_of(std::string_view line) {
  Reservation entry;
  const auto uid = take_number(line, 16);
  const auto before = take_number(line);
  const auto call = take_number(line, 16);
  const auto bytes = take_number(line);
  const auto namespace_name = take_word(line);
  const auto name = take_word(line);
  if (!uid || !before || !call || !bytes || !namespace_name || !name) return std::nullopt;
  entry.namespace_name = text_of_word(*namespace_name);
  entry.name = text_of_word(*name);
  entry.type = text_of_word(line);
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

Error unknown_format(std::string_view format) {
  return {Errc::unsupported, "the ledger has format " + std::string(format) + ", and this version knows " +
                                 std::string(kFormat)};
}

// `version` empty: to create it.
template <class Fields>
std::string render_config_map(std::string_view version, std::string_view namespace_name,
                              std::string_view name, Fields fields) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "ConfigMap");
    json.object("metadata", [&] {
      json.field("name", name);
      json.field("namespace", namespace_name);
      json.object("labels", [&] {
        json.field("app.kubernetes.io/managed-by", "secret-hygiene");
        json.field("secret-hygiene.io/ignore", "true");
      });
      if (!version.empty()) json.field("resourceVersion", version);
    });
    json.object("data", [&] {
      json.field("format", kFormat);
      fields(json);
    });
  });
  return json.take();
}

}  // namespace

std::string ledger_name(std::string_view configured, std::size_t shard) {
  return std::string(configured) + '-' + (shard == 0 ? "cluster" : std::to_string(shard - 1));
}

// In JSON the end of a line takes two bytes.
std::size_t ledger_bytes(const ReservationView& entry) {
  return line_of(entry).size() + 1;
}

std::size_t ledger_bytes(std::string_view selector, std::uint64_t revision) {
  return line_of(selector, revision).size() + 1;
}

std::size_t ledger_bytes(const Block& block) {
  return line_of(block).size() + 1;
}

std::string render_ledger(const Ledger& ledger, std::string_view namespace_name, std::string_view name) {
  std::string views, blocks, entries;
  for (const auto& [selector, revision] : ledger.min_views) views += line_of(selector, revision);
  for (const auto& block : ledger.blocks) blocks += line_of(block);
  for (const auto& entry : ledger.entries) entries += line_of(entry.view());
  return render_config_map(ledger.version, namespace_name, name, [&](json::Writer& json) {
    json.field("id", ledger.id);
    json.field("seal", ledger.seal);
    json.field("cooling", ledger.in_quarantine ? "true" : "false");
    json.field("minViews", views);
    json.field("blocks", blocks);
    json.field("entries", entries);
  });
}

std::string render_seal(std::string_view seal, std::string_view version, std::string_view namespace_name,
                        std::string_view name) {
  return render_config_map(version, namespace_name, name,
                           [seal](json::Writer& json) { json.field("seal", seal); });
}

// A damaged one may be whatever earlier builds count by.
Result<EarlierLedgerText> parse_earlier_ledger(std::string_view config_map) {
  rapidjson::Document document;
  const auto* data =
      json::parse_document(document, config_map) ? json::object_at(document, {"data"}) : nullptr;
  if (data == nullptr) return EarlierLedgerText{std::nullopt, true};
  const auto format = json::text_at(*data, {"format"});
  if (format.empty() || format == kEarlierFormat)
    return EarlierLedgerText{std::nullopt, json::text_at(*data, {"cooling"}) != "true"};
  if (format != kFormat) return unknown_format(format);
  return EarlierLedgerText{std::string(json::text_at(*data, {"seal"})), false};
}

Result<Ledger> parse_ledger(std::string_view config_map) {
  rapidjson::Document document;
  if (!json::parse_document(document, config_map)) return unreadable("is not JSON");
  const auto* metadata = json::object_at(document, {"metadata"});
  const auto* data = json::object_at(document, {"data"});
  if (metadata == nullptr || data == nullptr) return unreadable("has no data");
  const auto format = json::text_at(*data, {"format"});
  if (format.empty()) return unreadable("has no format");
  if (format != kFormat) return unknown_format(format);
  Ledger ledger;
  ledger.version = json::text_at(*metadata, {"resourceVersion"});
  ledger.id = json::text_at(*data, {"id"});
  ledger.seal = json::text_at(*data, {"seal"});
  const auto in_quarantine = json::text_at(*data, {"cooling"});
  if (ledger.version.empty() || ledger.id.empty() || (in_quarantine != "true" && in_quarantine != "false"))
    return unreadable("lacks its version, its id or its state");
  ledger.in_quarantine = in_quarantine == "true";
  const bool views = for_lines(json::text_at(*data, {"minViews"}), [&ledger](std::string_view line) {
    const auto revision = take_number(line);
    if (!revision) return false;
    auto& view = ledger.min_views[text_of_word(line)];
    view = std::max(view, *revision);
    return true;
  });
  const bool entries = for_lines(json::text_at(*data, {"entries"}), [&ledger](std::string_view line) {
    auto entry = entry_of(line);
    if (entry) ledger.entries.push_back(std::move(*entry));
    return entry.has_value();
  });
  const bool blocks = for_lines(json::text_at(*data, {"blocks"}), [&ledger](std::string_view line) {
    auto block = block_of(line);
    if (block) ledger.blocks.push_back(std::move(*block));
    return block.has_value();
  });
  const bool whole =
      std::ranges::all_of(std::array{"seal", "minViews", "blocks", "entries"},
                          [data](const char* field) { return json::find(*data, {field}) != nullptr; });
  if (!views || !blocks || !entries || !whole) return unreadable("holds a line that is none of ours");
  return ledger;
}

std::string ledger_version(std::string_view config_map) {
  rapidjson::Document document;
  if (!json::parse_document(document, config_map)) return {};
  return std::string(json::text_at(document, {"metadata", "resourceVersion"}));
}

}  // namespace hygiene::counting
