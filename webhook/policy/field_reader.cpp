#include "policy/field_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/quantity.hpp"
#include "policy/closest_word.hpp"
#include "policy/displayed_text.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::policy {
namespace {

using Names = std::string_view;

constexpr std::size_t kShownBytesMax = 80;

constexpr std::array<Names, 4> kDocument{"apiVersion", "kind", "metadata", "spec"};
constexpr std::array<Names, 1> kMetadata{"name"};
constexpr std::array<Names, 12> kSpec{"description", "mode",        "enforceOn",      "match",
                                      "exclude",     "labels",      "exemptRequests", "exceptions",
                                      "limits",      "allowGrowth", "warnAt",         "message"};
constexpr std::array<Names, 7> kSelector{"types",         "names",    "namespaces", "namespaceSelector",
                                         "labelSelector", "sizeOver", "sizeUpTo"};
constexpr std::array<Names, 2> kLabelSelector{"matchLabels", "matchExpressions"};
constexpr std::array<Names, 3> kExpression{"key", "operator", "values"};
constexpr std::array<Names, 2> kExemptRequests{"users", "groups"};
constexpr std::array<Names, 4> kException{"names", "namespaces", "until", "reason"};

std::span<const Names> limit_names() {
  static const auto names = [] {
    std::array<Names, kLimitKinds> result;
    std::ranges::transform(limit_rules(), result.begin(), &LimitRule::name);
    return result;
  }();
  return names;
}

std::string_view found(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Node::Kind::null:
      return "nothing";
    case yaml::Node::Kind::sequence:
      return "a list";
    case yaml::Node::Kind::mapping:
      return "a mapping";
    case yaml::Node::Kind::number:
      return "a number";
    case yaml::Node::Kind::boolean:
      return "a boolean";
    case yaml::Node::Kind::string:
      break;
  }
  return "text";
}

}  // namespace

std::span<const FieldTable> field_tables() {
  static const std::array<FieldTable, 10> tables{{
      {"", kDocument},
      {"metadata", kMetadata},
      {"spec", kSpec},
      {"spec.match", kSelector},
      {"spec.exclude", kSelector},
      {"labelSelector", kLabelSelector},
      {"labelSelector.matchExpressions[]", kExpression},
      {"spec.exemptRequests", kExemptRequests},
      {"spec.exceptions[]", kException},
      {"spec.limits", limit_names()},
  }};
  return tables;
}

std::span<const Names> fields_of(std::string_view table_path) {
  const auto tables = field_tables();
  const auto found_table = std::ranges::find(tables, table_path, &FieldTable::path);
  return found_table == tables.end() ? std::span<const Names>{} : found_table->names;
}

Path Path::field(std::string_view name) const {
  Path path = *this;
  if (!path.text_.empty()) path.text_ += '.';
  path.text_ += shown(name, kShownBytesMax);
  return path;
}

Path Path::item(std::size_t index) const {
  Path path = *this;
  path.text_ += '[' + std::to_string(index) + ']';
  return path;
}

void FieldReader::error(base::Position where, const Path& path, std::string message) {
  if (noted_ > kErrorsMax) return;
  if (noted_++ == kErrorsMax) {
    errors_.push_back({file_, where.line, where.column, "", "further errors in this file are not listed"});
    return;
  }
  errors_.push_back({file_, where.line, where.column, path.text(), std::move(message)});
}

void FieldReader::unknown_field(const yaml::Entry& entry, const Path& path, std::span<const Names> allowed) {
  std::string message = "unknown field" + did_you_mean(closest_word(entry.key, allowed));
  message += "; allowed: " + join(allowed) + " (a newer secret-hygiene may know it)";
  error(entry.where, path.field(entry.key), std::move(message));
}

bool FieldReader::mapping(const yaml::Node& node, const Path& path, std::string_view table_path) {
  return mapping(node, path, fields_of(table_path));
}

bool FieldReader::mapping(const yaml::Node& node, const Path& path, std::span<const Names> allowed) {
  if (node.kind != yaml::Node::Kind::mapping) {
    error(node.where, path,
          "must be a mapping with the fields " + join(allowed) + ", is " + std::string(found(node)));
    return false;
  }
  for (const auto& entry : node.entries) {
    if (std::ranges::find(allowed, entry.key) == allowed.end()) unknown_field(entry, path, allowed);
  }
  return true;
}

bool FieldReader::free_mapping(const yaml::Node& node, const Path& path, std::string_view what) {
  if (node.kind == yaml::Node::Kind::mapping && !node.entries.empty()) return true;
  const bool empty = node.kind == yaml::Node::Kind::mapping;
  error(node.where, path,
        "must be a mapping of " + std::string(what) + ", is " + std::string(empty ? "empty" : found(node)));
  return false;
}

bool FieldReader::list(const yaml::Node& node, const Path& path, std::size_t items_min) {
  if (node.kind != yaml::Node::Kind::sequence) {
    error(node.where, path, "must be a list, e.g. [a, b], is " + std::string(found(node)));
    return false;
  }
  if (node.items.size() >= items_min) return true;
  error(node.where, path, "an empty list: leave the field out, or name at least one");
  return false;
}

void FieldReader::expect(const yaml::Node& document, std::string_view field, std::string_view supported) {
  const Path path = Path().field(field);
  const auto* node = document.find(field);
  if (node == nullptr) {
    error(document.where, path, "required: " + std::string(supported));
  } else if (!node->is_scalar() || node->text != supported) {
    error(node->where, path,
          (node->is_scalar() ? in_quotes(node->text) + " is not supported" : std::string("must be text")) +
              "; this secret-hygiene knows " + std::string(supported));
  }
}

std::optional<std::string> FieldReader::string(const yaml::Node& node, const Path& path) {
  if (node.kind == yaml::Node::Kind::string) return node.text;
  error(node.where, path,
        "must be text, is " + std::string(found(node)) +
            (node.is_scalar() ? ": write it in quotes, " + in_quotes(node.text) : ""));
  return std::nullopt;
}

std::optional<std::string> FieldReader::prose(const yaml::Node& node, const Path& path,
                                              std::size_t bytes_max) {
  auto text = string(node, path);
  if (!text) return std::nullopt;
  text->erase(text->find_last_not_of("\r\n ") + 1);
  if (text->size() <= bytes_max) return text;
  error(node.where, path,
        "too long: " + std::to_string(text->size()) + " bytes, at most " + std::to_string(bytes_max));
  return std::nullopt;
}

// YAML 1.1, and so kubectl, reads a number such as 010 as octal.
bool FieldReader::octal(const yaml::Node& node, const Path& path) {
  const std::string& text = node.text;
  if (node.kind != yaml::Node::Kind::number || text.size() < 2 || text[0] != '0' || !base::is_digit(text[1]))
    return false;
  error(node.where, path, in_quotes(text) + ": is octal in other YAML readers: remove the leading 0");
  return true;
}

std::optional<std::uint64_t> FieldReader::quantity(const yaml::Node& node, const Path& path) {
  if (node.kind != yaml::Node::Kind::string && node.kind != yaml::Node::Kind::number) {
    error(node.where, path, "must be a quantity such as 64Ki or 1.5Mi, is " + std::string(found(node)));
    return std::nullopt;
  }
  if (octal(node, path)) return std::nullopt;
  const auto bytes = base::parse_quantity(node.text);
  const bool exa = node.text.ends_with('E') && (bytes || bytes.error().code() == Errc::limit);
  if (bytes && !exa) return *bytes;
  const std::string why =
      exa ? "E is exa, 10^18 bytes, more than any cluster holds" : bytes.error().message();
  error(node.where, path,
        in_quotes(node.text) + ": " + why + did_you_mean(base::suggest_quantity(node.text)));
  return std::nullopt;
}

std::optional<std::uint64_t> FieldReader::count(const yaml::Node& node, const Path& path) {
  if (octal(node, path)) return std::nullopt;
  // Counts end where bytes do, at 2^63-1, so that sums of either never wrap around unnoticed.
  std::int64_t value = 0;
  if (node.kind == yaml::Node::Kind::number) {
    const char* end = node.text.data() + node.text.size();
    const auto [stopped, failure] = std::from_chars(node.text.data(), end, value);
    if (failure == std::errc() && stopped == end && value >= 0) return static_cast<std::uint64_t>(value);
  }
  std::string message = "must be a whole number without quotes, such as 500";
  if (node.is_scalar()) {
    const auto meant = base::parse_quantity(node.text);
    if (meant.has_error() && meant.error().code() == Errc::limit) {
      message = in_quotes(node.text) + ": too large: at most 9223372036854775807";
    } else if (meant && node.text.find('.') == std::string::npos) {
      message += did_you_mean(std::to_string(*meant));
    }
  }
  error(node.where, path, std::move(message));
  return std::nullopt;
}

std::optional<unsigned> FieldReader::percent(const yaml::Node& node, const Path& path) {
  if (node.kind == yaml::Node::Kind::string && node.text.ends_with('%')) {
    unsigned value = 0;
    const char* end = node.text.data() + node.text.size() - 1;
    const auto [stopped, failure] = std::from_chars(node.text.data(), end, value);
    const bool canonical = node.text[0] >= '1' && node.text[0] <= '9';
    if (failure == std::errc() && stopped == end && canonical && value <= 100) return value;
  }
  error(node.where, path, "must be a percentage from 1% to 100%, such as 90%");
  return std::nullopt;
}

std::vector<base::Glob> FieldReader::globs(const yaml::Node& node, const Path& path, PatternOf of,
                                           std::size_t items_min) {
  std::vector<base::Glob> result;
  if (!list(node, path, items_min)) return result;
  for (std::size_t index = 0; index < node.items.size(); ++index) {
    const auto pattern = string(node.items[index], path.item(index));
    if (!pattern) continue;
    auto glob = parse_pattern(of, *pattern);
    if (glob) {
      result.push_back(std::move(*glob));
    } else {
      error(node.items[index].where, path.item(index), in_quotes(*pattern) + ": " + glob.error().message());
    }
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  return '"' + shown(text, kShownBytesMax) + '"';
}

std::string join(std::span<const Names> names) {
  std::string text;
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (index > 0) text += index + 1 == names.size() ? " and " : ", ";
    text += names[index];
  }
  return text;
}

}  // namespace hygiene::policy
