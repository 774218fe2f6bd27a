#include "policy/ownership.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include "base/invariant.hpp"
#include "policy/owned_labels_record.hpp"
#include "secret/helm.hpp"

namespace hygiene::policy {
namespace {

std::vector<secret::Label> record_of(const secret::Facts& facts) {
  if (!facts.owned_labels_annotation) return {};
  return parse_owned_labels(*facts.owned_labels_annotation);
}

// The keys of `text`, sorted. A person wrote it: commas, blanks or both stand between them.
std::vector<std::string> parse_keys(const std::string& text) {
  std::vector<std::string> keys;
  boost::algorithm::split(keys, text, boost::algorithm::is_any_of(", \t\n"),
                          boost::algorithm::token_compress_on);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace

bool is_own_key(std::string_view key) {
  return key.starts_with(secret::kOwnPrefix);
}

std::vector<std::string_view> keys_in_force(const PolicySet& policies) {
  std::vector<std::string_view> keys;
  for (const auto& policy : policies.policies) {
    if (policy.mode == Mode::audit) continue;
    for (const auto& label : policy.labels) keys.push_back(label.key);
  }
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  return keys;
}

Ownership::Ownership(const PolicySet& policies, const secret::Facts& object, const secret::Facts* stored)
    : object_(object), recorded_(record_of(object)), helm_(secret::helm_revision(object).has_value()) {
  if (stored != nullptr) recorded_before_ = record_of(*stored);
  if (object.unmanaged_labels_annotation) unmanaged_ = parse_keys(*object.unmanaged_labels_annotation);
  if (helm_) helm_keys_ = keys_in_force(policies);
  take_ours_away();
}

bool Ownership::is_recorded(std::string_view key, std::string_view value) const {
  return records(recorded_, key, value) || records(recorded_before_, key, value);
}

bool Ownership::is_foreign(std::string_view key, std::string_view value) const {
  return !helm_ && !is_recorded(key, value);
}

bool Ownership::is_unmanaged(std::string_view key) const {
  const auto found = std::ranges::lower_bound(unmanaged_, key, {},
                                              [](const std::string& each) { return std::string_view(each); });
  return found != unmanaged_.end() && *found == key;
}

bool Ownership::is_ours(std::string_view key, std::string_view value) const {
  if (is_unmanaged(key)) return false;
  return is_own_key(key) || is_recorded(key, value) || (helm_ && std::ranges::binary_search(helm_keys_, key));
}

void Ownership::take_ours_away() {
  const auto ours = [this](const secret::Label& label) { return is_ours(label.key, label.value); };
  const bool annotated = object_.owned_labels_annotation || object_.bytes_annotation;
  if (!annotated && std::ranges::none_of(object_.labels, ours)) return;
  secret::Facts& facts = without_ours_.emplace(object_);
  facts.labels.clear();
  for (const secret::Label& label : object_.labels) {
    if (ours(label)) {
      facts.object_bytes =
          base::checked_difference(facts.object_bytes, label.key.size() + label.value.size());
    } else {
      facts.labels.add(label.key).value = label.value;
    }
  }
  const auto take_away = [&facts](std::string_view key, std::optional<std::string>& annotation) {
    if (!annotation) return;
    const std::uint64_t bytes = key.size() + std::exchange(annotation, std::nullopt)->size();
    facts.object_bytes = base::checked_difference(facts.object_bytes, bytes);
    facts.annotation_bytes = base::checked_difference(facts.annotation_bytes, bytes);
  };
  take_away(secret::kOwnedLabelsAnnotation, facts.owned_labels_annotation);
  take_away(secret::kBytesAnnotation, facts.bytes_annotation);
}

}  // namespace hygiene::policy
