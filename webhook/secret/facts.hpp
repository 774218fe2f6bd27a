// What is known of a Secret without its values: its reference, type, labels and sizes.
// Thread-safety: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hygiene::secret {

struct Label {
  std::string key;
  std::string value;
  bool operator==(const Label&) const = default;
};

// Labels in the order in which they came.
class Labels {
 public:
  // The value of `key`, of the first where it was added twice; null where there is none. Logarithmic where
  // the labels came sorted by key, as the API server sends them; else, in a file, linear.
  const std::string* find(std::string_view key) const;
  Label& add(std::string_view key);
  void clear();
  bool empty() const { return labels_.empty(); }
  auto begin() const { return labels_.begin(); }
  auto end() const { return labels_.end(); }
  bool operator==(const Labels&) const = default;

 private:
  std::vector<Label> labels_;
  bool sorted_ = true;  // strictly, by key
};

struct KeySize {
  std::string name;
  std::uint64_t bytes = 0;  // decoded
  bool operator==(const KeySize&) const = default;
};

struct Facts {
  // More than these would not help a person, and a Secret may have 60,000 keys.
  static constexpr std::size_t kLargestKeysMax = 5;

  std::string name;
  std::string generate_name;  // /mutate sees a CREATE with generateName before it has a name
  std::string namespace_name;
  std::string uid;
  std::string resource_version;
  std::string type;
  std::string created;  // metadata.creationTimestamp, RFC 3339; ReadOptions::keep_created only
  Labels labels;
  bool has_labels = false;       // metadata.labels is an object
  bool has_annotations = false;  // metadata.annotations is an object
  bool deleting = false;         // metadata.deletionTimestamp is set

  // Values of the two annotations that are ours, and of the one in which a user claims labels.
  std::optional<std::string> owned_labels_annotation;      // secret-hygiene.io/owned-labels
  std::optional<std::string> bytes_annotation;             // secret-hygiene.io/bytes
  std::optional<std::string> unmanaged_labels_annotation;  // secret-hygiene.io/unmanaged-labels

  std::uint64_t data_bytes = 0;  // decoded bytes of the values: what the API server's own limit sums
  std::uint64_t object_bytes =
      0;  // every string: values (decoded), keys of maps, annotations, labels, type, names
  std::uint64_t annotation_bytes = 0;  // keys and values
  std::uint64_t key_count = 0;         // under data
  std::uint64_t key_name_bytes = 0;    // of their names
  std::vector<KeySize> largest_keys;   // up to kLargestKeysMax, largest first, then by name

  std::uint64_t largest_key_bytes() const { return largest_keys.empty() ? 0 : largest_keys.front().bytes; }
  // That the sums hold their parts. Of facts whose values were all read.
  void assert_sums() const;
  // Empties every field and keeps ordinary memory for the next Secret.
  void clear();
  bool operator==(const Facts&) const = default;
};

inline constexpr std::string_view kOwnedLabelsAnnotation = "secret-hygiene.io/owned-labels";
inline constexpr std::string_view kBytesAnnotation = "secret-hygiene.io/bytes";
inline constexpr std::string_view kUnmanagedLabelsAnnotation = "secret-hygiene.io/unmanaged-labels";
inline constexpr std::string_view kOwnPrefix = "secret-hygiene.io/";
inline constexpr std::string_view kTypeOpaque = "Opaque";  // the API server's default
inline constexpr std::string_view kTypeServiceAccountToken = "kubernetes.io/service-account-token";

}  // namespace hygiene::secret
