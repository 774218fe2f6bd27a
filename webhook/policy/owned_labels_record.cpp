#include "policy/owned_labels_record.hpp"

#include <algorithm>

#include "secret/label_selector.hpp"

namespace hygiene::policy {

std::vector<secret::Label> parse_owned_labels(std::string_view text) {
  std::vector<secret::Label> labels;
  while (!text.empty()) {
    if (labels.size() == kOwnedLabelsMax) return {};
    const auto comma = text.find(',');
    const auto entry = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) return {};
    const auto key = entry.substr(0, equals);
    const auto value = entry.substr(equals + 1);
    // Ours are in strict order, so that a key given twice is seen too.
    const bool in_order = labels.empty() || labels.back().key < key;
    if (!in_order || !secret::is_label_key(key) || !secret::is_label_value(value)) return {};
    labels.push_back({std::string(key), std::string(value)});
  }
  return labels;
}

bool records(const std::vector<secret::Label>& recorded, std::string_view key, std::string_view value) {
  const auto key_of = [](const secret::Label& label) { return std::string_view(label.key); };
  const auto found = std::ranges::lower_bound(recorded, key, {}, key_of);
  return found != recorded.end() && found->key == key && found->value == value;
}

std::string render_owned_labels(const std::vector<secret::Label>& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    if (!text.empty()) text += ',';
    text.append(key).append("=").append(value);
  }
  return text;
}

}  // namespace hygiene::policy
