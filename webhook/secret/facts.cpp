#include "secret/facts.hpp"

#include "base/recycle.hpp"

namespace hygiene::secret {

const std::string* Labels::find(std::string_view key) const {
  for (const Label& label : labels_) {
    if (label.key == key) return &label.value;
  }
  return nullptr;
}

Label& Labels::add(std::string_view key) {
  return labels_.emplace_back(Label{std::string(key), {}});
}

void Labels::clear() {
  base::recycle(labels_);
}

void Facts::clear() {
  for (std::string* text : {&name, &generate_name, &namespace_name, &uid, &resource_version, &type, &created})
    base::recycle(*text);
  labels.clear();
  has_labels = has_annotations = immutable = deleting = false;
  owned_labels_annotation.reset();
  bytes_annotation.reset();
  data_bytes = object_bytes = annotation_bytes = own_annotation_bytes = key_count = key_name_bytes = 0;
  base::recycle(largest_keys);
}

}  // namespace hygiene::secret
