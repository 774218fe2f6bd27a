#include "secret/facts.hpp"

#include <algorithm>

#include "base/clear_and_shrink.hpp"
#include "base/invariant.hpp"

namespace hygiene::secret {
namespace {

std::string_view key_of(const Label& label) {
  return label.key;
}

}  // namespace

const std::string* Labels::find(std::string_view key) const {
  const auto found =
      sorted_ ? std::ranges::lower_bound(labels_, key, {}, key_of) : std::ranges::find(labels_, key, key_of);
  return found != labels_.end() && found->key == key ? &found->value : nullptr;
}

Label& Labels::add(std::string_view key) {
  sorted_ = sorted_ && (labels_.empty() || labels_.back().key < key);
  return labels_.emplace_back(Label{std::string(key), {}});
}

void Labels::clear() {
  base::clear_and_shrink(labels_);
  sorted_ = true;
}

void Facts::assert_sums() const {
  base::invariant(largest_key_bytes() <= data_bytes, "the largest key is within the data");
  base::invariant(largest_keys.size() <= key_count, "the largest keys are among all");
  base::invariant(data_bytes + key_name_bytes + annotation_bytes <= object_bytes,
                  "an object holds its data and annotations");
}

void Facts::clear() {
  for (std::string* text : {&name, &generate_name, &namespace_name, &uid, &resource_version, &type, &created})
    base::clear_and_shrink(*text);
  labels.clear();
  has_labels = has_annotations = deleting = false;
  owned_labels_annotation.reset();
  bytes_annotation.reset();
  unmanaged_labels_annotation.reset();
  data_bytes = object_bytes = annotation_bytes = key_count = key_name_bytes = 0;
  base::clear_and_shrink(largest_keys);
}

}  // namespace hygiene::secret
