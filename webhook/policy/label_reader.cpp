#include "policy/label_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hygiene::policy {

namespace {

using secret::LabelOperator;

constexpr std::array kOperators{LabelOperator::in, LabelOperator::not_in, LabelOperator::exists,
                                LabelOperator::does_not_exist};

}  // namespace

secret::LabelSelector LabelReader::selector(const yaml::Node& node, const Path& path, WhenEmpty when_empty) {
  secret::LabelSelector result;
  if (!reader_.mapping(node, path, "labelSelector")) return result;
  if (node.entries.empty() && when_empty == WhenEmpty::refused) {
    reader_.error(node.where, path, "empty: give matchLabels or matchExpressions, or leave it out");
  }
  if (const auto* labels = node.find("matchLabels")) {
    for (auto& [key, text] : pairs(*labels, path.field("matchLabels"))) {
      result.requirements.push_back({std::move(key), secret::LabelOperator::in, {std::move(text)}});
    }
  }
  if (const auto* expressions = node.find("matchExpressions")) {
    const Path at = path.field("matchExpressions");
    if (!reader_.list(*expressions, at, 1)) return result;
    for (std::size_t index = 0; index < expressions->items.size(); ++index) {
      result.requirements.push_back(expression(expressions->items[index], at.item(index)));
    }
  }
  return result;
}

secret::LabelRequirement LabelReader::expression(const yaml::Node& node, const Path& path) {
  secret::LabelRequirement requirement;
  if (!reader_.mapping(node, path, "labelSelector.matchExpressions[]")) return requirement;
  const auto required = [&](std::string_view field) -> std::optional<std::string> {
    if (const auto* found = node.find(field)) return reader_.string(*found, path.field(field));
    reader_.error(node.where, path.field(field), "required");
    return std::nullopt;
  };
  if (auto key = required("key")) {
    check_key(*key, node.find("key")->where, path.field("key"));
    requirement.key = std::move(*key);
  }
  const auto name = required("operator");
  if (!name) return requirement;
  const auto* op = std::ranges::find(kOperators, *name, [](LabelOperator each) { return to_string(each); });
  if (op == kOperators.end()) {
    reader_.error(node.find("operator")->where, path.field("operator"),
                  in_quotes(*name) + ": must be In, NotIn, Exists or DoesNotExist");
    return requirement;
  }
  requirement.op = *op;
  const bool takes_values = *op == LabelOperator::in || *op == LabelOperator::not_in;
  read_values(node, path.field("values"), takes_values, requirement);
  return requirement;
}

void LabelReader::read_values(const yaml::Node& node, const Path& path, bool takes_values,
                              secret::LabelRequirement& requirement) {
  const auto* values = node.find("values");
  if (!takes_values) {
    if (values != nullptr) {
      reader_.error(values->where, path, "Exists and DoesNotExist take no values: leave the field out");
    }
    return;
  }
  if (values == nullptr) {
    reader_.error(node.where, path, "In and NotIn need a list of values");
    return;
  }
  if (!reader_.list(*values, path, 1)) return;
  for (std::size_t index = 0; index < values->items.size(); ++index) {
    const Path at = path.item(index);
    if (auto text = value(values->items[index], at)) requirement.values.push_back(std::move(*text));
  }
}

void LabelReader::check_key(const std::string& key, base::Position where, const Path& path) {
  if (secret::is_label_key(key)) return;
  reader_.error(where, path,
                in_quotes(key) +
                    " is not a label key: an optional DNS prefix and /, then at most 63 letters, digits, "
                    "-, _ and .,"
                    " a letter or digit at both ends");
}

std::optional<std::string> LabelReader::value(const yaml::Node& node, const Path& path) {
  auto text = reader_.string(node, path);
  if (!text || secret::is_label_value(*text)) return text;
  reader_.error(node.where, path,
                in_quotes(*text) +
                    " is not a label value: at most 63 letters, digits, -, _ and ., a letter or digit at "
                    "both ends");
  return std::nullopt;
}

std::vector<secret::Label> LabelReader::pairs(const yaml::Node& node, const Path& path) {
  std::vector<secret::Label> labels;
  if (!reader_.free_mapping(node, path, "label keys to values, at least one")) return labels;
  for (const auto& entry : node.entries) {
    check_key(entry.key, entry.where, path.field(entry.key));
    auto text = value(entry.value, path.field(entry.key));
    if (text) labels.push_back({entry.key, std::move(*text)});
  }
  return labels;
}

}  // namespace hygiene::policy
