#include "secret/reader.hpp"

#include <algorithm>
#include <utility>

#include "base/clear_and_shrink.hpp"
#include "base/enum_names.hpp"
#include "base/utf8.hpp"

namespace hygiene::secret {
namespace {

constexpr std::size_t kNameInMessageMax = 64;

// What is kept of a key's name: 253 bytes, the longest that the API server takes under data, and "…" where it
// is cut. /mutate sees longer ones, of objects that the API server refuses afterwards. Source: IsConfigMapKey
// in k8s.io/apimachinery/pkg/util/validation.
constexpr std::size_t kKeyNameKeptMax = 253 + 3;

}  // namespace

void Reader::reset() {
  restart();
  facts_.clear();
  for (std::string* text : {&kind_, &api_version_, &key_}) base::clear_and_shrink(*text);
  kept_bytes_ = 0;
  place_ = Place::outside;
  slot_ = Slot::secret;
  string_bytes_ = 0;
  base64_.reset();
  folded_.clear();
}

void Reader::on_begin_object() {
  switch (slot_) {
    case Slot::secret:
      return enter(Place::root);
    case Slot::metadata:
      return enter(Place::metadata);
    case Slot::labels:
      facts_.has_labels = true;
      return enter(Place::labels);
    case Slot::annotations:
      facts_.has_annotations = true;
      return enter(Place::annotations);
    case Slot::data:
      return enter(Place::data);
    case Slot::string_data:
      return enter(Place::string_data);
    case Slot::ignored:
    case Slot::managed_fields:
      return skip();
    default:
      return refuse_unless_ignored("an object");
  }
}

void Reader::on_end_object() {
  switch (place_) {
    case Place::labels:
    case Place::annotations:
      place_ = Place::metadata;
      break;
    case Place::root:
      place_ = Place::outside;
      add_folded_keys();
      if (!refused()) facts_.assert_sums();
      break;
    default:
      place_ = Place::root;
  }
  key_.clear();
}

void Reader::on_begin_array() {
  if (slot_ == Slot::ignored || slot_ == Slot::managed_fields) return skip();
  refuse_unless_ignored("an array");
}

void Reader::on_skipped_key(std::string_view name) {
  if (slot_ == Slot::managed_fields) facts_.object_bytes += name.size();
}

void Reader::on_key(std::string_view name) {
  keep_key(name);
  string_bytes_ = 0;
  switch (place_) {
    case Place::root:
      return key_of_root(name);
    case Place::metadata:
      return key_of_metadata(name);
    case Place::annotations:
      return key_of_annotations(name);
    case Place::labels:
      facts_.object_bytes += name.size();
      keep(name.size() + sizeof(Label));
      if (refused()) return;
      return expect_text(facts_.labels.add(name).value);
    case Place::data:
      slot_ = Slot::data_value;
      return;
    case Place::string_data:
      slot_ = Slot::string_data_value;
      return;
    case Place::outside:
      return;
  }
}

void Reader::key_of_root(std::string_view name) {
  if (name == "metadata") {
    slot_ = Slot::metadata;
  } else if (name == "data") {
    slot_ = Slot::data;
  } else if (name == "stringData") {
    slot_ = Slot::string_data;
  } else if (name == "kind") {
    expect_text(kind_);
  } else if (name == "apiVersion") {
    expect_text(api_version_);
  } else if (name == "type") {
    expect_text(facts_.type);
  } else if (name == "immutable") {
    slot_ = Slot::flag;
  } else {
    slot_ = Slot::ignored;
  }
}

void Reader::key_of_metadata(std::string_view name) {
  slot_ = Slot::ignored;
  if (name == "managedFields") {
    slot_ = Slot::managed_fields;
  } else if (name == "labels") {
    slot_ = Slot::labels;
  } else if (name == "annotations") {
    slot_ = Slot::annotations;
  } else if (name == "uid") {
    expect_text(facts_.uid);
  } else if (name == "resourceVersion") {
    expect_text(facts_.resource_version);
  } else if (name == "deletionTimestamp") {
    slot_ = Slot::deleting;
  } else if (name == "name") {
    expect_text(facts_.name);
  } else if (name == "namespace") {
    expect_text(facts_.namespace_name);
  } else if (name == "generateName") {
    expect_text(facts_.generate_name);
  } else if (options_.keep_created && name == "creationTimestamp") {
    expect_text(facts_.created);
  }
}

void Reader::key_of_annotations(std::string_view name) {
  slot_ = Slot::map_value;
  add_annotation(name.size());
  if (auto* kept = kept_annotation(name)) expect_text(kept->emplace());
}

std::optional<std::string>* Reader::kept_annotation(std::string_view name) {
  if (name == kOwnedLabelsAnnotation) return &facts_.owned_labels_annotation;
  if (name == kBytesAnnotation) return &facts_.bytes_annotation;
  return name == kUnmanagedLabelsAnnotation ? &facts_.unmanaged_labels_annotation : nullptr;
}

void Reader::add_annotation(std::uint64_t bytes) {
  facts_.annotation_bytes += bytes;
  facts_.object_bytes += bytes;
}

void Reader::on_string(std::string_view part, bool last) {
  switch (slot_) {
    case Slot::data_value:
      if (!base64_.feed(part)) return refuse(Errc::encoding, path() + ": not base64");
      break;
    case Slot::text:
      keep(part.size());
      if (refused()) return;
      target_->append(part);
      break;
    case Slot::ignored:
    case Slot::managed_fields:
    case Slot::map_value:
    case Slot::deleting:
    case Slot::string_data_value:
      break;
    default:
      return refuse_unless_ignored("a string");
  }
  string_bytes_ += part.size();
  if (last) end_of_string();
}

void Reader::end_of_string() {
  const std::uint64_t bytes = std::exchange(string_bytes_, 0);
  if (slot_ == Slot::data_value) {
    const auto decoded = base64_.finish();
    if (!decoded) return refuse(Errc::encoding, path() + ": not base64");
    return end_of_data_value(*decoded, false);
  }
  if (slot_ == Slot::string_data_value) return end_of_data_value(bytes, true);
  if (place_ == Place::annotations) return add_annotation(bytes);
  facts_.object_bytes += bytes;
  if (slot_ == Slot::deleting) facts_.deleting = true;
}

void Reader::on_boolean(bool) {
  if (slot_ != Slot::flag) refuse_unless_ignored("a boolean");
}

void Reader::on_null() {
  // The API server drops keys of data whose value is null, and takes null for an absent field elsewhere.
  if (slot_ == Slot::secret) refuse_unless_ignored("null");
}

void Reader::refuse_unless_ignored(const char* found) {
  const char* expected = "a string";
  switch (slot_) {
    case Slot::ignored:
    case Slot::managed_fields:
      return;
    case Slot::flag:
      expected = "true or false";
      break;
    case Slot::secret:
    case Slot::metadata:
    case Slot::labels:
    case Slot::annotations:
    case Slot::data:
    case Slot::string_data:
      expected = "an object";
      break;
    default:
      break;
  }
  refuse(Errc::invalid, path() + ": expected " + expected + ", found " + found);
}

void Reader::enter(Place place) {
  place_ = place;
  key_.clear();
}

void Reader::expect_text(std::string& target) {
  slot_ = Slot::text;
  target_ = &target;
}

void Reader::keep_key(std::string_view name) {
  key_bytes_ = name.size();
  // folded_ tells keys apart by their whole names.
  if (options_.fold_string_data || name.size() <= kKeyNameKeptMax) {
    key_.assign(name);
  } else {
    key_ = base::truncate_utf8(name, kKeyNameKeptMax);
  }
}

void Reader::keep(std::size_t bytes) {
  if (kept_bytes_ + bytes > options_.kept_bytes_max) {
    return refuse(Errc::limit, "names, type and labels of the Secret take more than " +
                                   std::to_string(options_.kept_bytes_max) + " bytes");
  }
  kept_bytes_ += bytes;
}

void Reader::end_of_data_value(std::uint64_t bytes, bool from_string_data) {
  if (!options_.fold_string_data) return add_key(key_, key_bytes_, bytes);
  FoldedSize& size = folded_[key_];
  if (from_string_data || !size.from_string_data) size = {bytes, from_string_data};
}

void Reader::add_key(std::string_view name, std::uint64_t name_bytes, std::uint64_t bytes) {
  ++facts_.key_count;
  facts_.key_name_bytes += name_bytes;
  facts_.data_bytes += bytes;
  facts_.object_bytes += name_bytes + bytes;

  const auto before = [](const KeySize& a, const KeySize& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
  };
  auto& largest = facts_.largest_keys;
  const bool full = largest.size() == Facts::kLargestKeysMax;
  if (full && bytes < largest.back().bytes) return;
  KeySize key{base::truncate_utf8(name, kKeyNameKeptMax), bytes};
  if (full && !before(key, largest.back())) return;
  if (full) {
    kept_bytes_ -= largest.back().name.size();
    largest.pop_back();
  }
  keep(key.name.size());
  if (refused()) return;
  largest.insert(std::upper_bound(largest.begin(), largest.end(), key, before), std::move(key));
}

void Reader::add_folded_keys() {
  for (const auto& [name, size] : folded_) add_key(name, name.size(), size.bytes);
  folded_.clear();
}

std::string Reader::path() const {
  if (place_ == Place::outside) return "Secret";
  const auto parent = base::name_of<Place::string_data>(
      place_, {"", "", "metadata.", "metadata.labels.", "metadata.annotations.", "data.", "stringData."});
  return std::string(parent) + base::truncate_utf8(key_, kNameInMessageMax);
}

}  // namespace hygiene::secret
