// The one reader of a Secret's JSON (or of YAML turned into the same events): tokens in, Facts out.
// Values are measured as they pass. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/base64_length.hpp"
#include "json/selective_events.hpp"
#include "secret/facts.hpp"

namespace hygiene::secret {

struct ReadOptions {
  // True for lists: when the Secret was made. A review's answer needs no time.
  bool keep_created = false;
  // True for manifests: keys of stringData replace those of data, as the API server does before it calls
  // webhooks. It costs a map of all key names; a review never has stringData.
  bool fold_string_data = false;
  // Bound on the text kept of one Secret (names, type, labels, annotations under our prefix): etcd stores
  // objects of up to 1.5 MiB.
  std::size_t kept_bytes_max = 2 * 1024 * 1024;
};

// Feed it the events of exactly one JSON value; after the last of them facts() is complete.
// Refuses: not an object; wrong JSON types in known fields; data that is not base64; kept text over its
// bound.
class Reader final : public json::SelectiveEvents {
 public:
  // Reads into `facts`, which must outlive the reader.
  explicit Reader(Facts& facts, ReadOptions options = {}) : options_(options), facts_(facts) {}

  // Ready for the next Secret.
  void reset();
  const Facts& facts() const { return facts_; }
  // `kind` and `apiVersion` as given; empty where absent.
  const std::string& kind() const { return kind_; }
  const std::string& api_version() const { return api_version_; }
  // Bytes of text held now in the Facts, and 64 for each label; buffers that grew may hold twice as much. The
  // name of the key being read is no part of it: 256 bytes at most, but with fold_string_data.
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  void on_begin_object() override;
  void on_end_object() override;
  void on_begin_array() override;
  void on_end_array() override {}  // only of what is skipped
  void on_key(std::string_view name) override;
  void on_string(std::string_view part, bool last) override;
  void on_number() override { refuse_unless_ignored("a number"); }
  void on_boolean(bool) override;
  void on_null() override;
  void on_skipped_key(std::string_view name) override;
  void on_skipped_string(std::string_view part) override { facts_.object_bytes += part.size(); }

  // The object whose keys are being read.
  enum class Place : std::uint8_t { outside, root, metadata, labels, annotations, data, string_data };
  // What the next value is.
  enum class Slot : std::uint8_t {
    secret,
    ignored,         // measured only
    managed_fields,  // measured, and its keys too: they repeat the user's
    text,            // kept in *target_
    deleting,        // a text that is kept as its presence
    flag,            // true or false
    metadata,
    labels,
    annotations,
    map_value,  // of an annotation that is not kept: measured
    data,
    string_data,
    data_value,
    string_data_value,
  };

  void key_of_root(std::string_view name);
  void key_of_metadata(std::string_view name);
  void key_of_annotations(std::string_view name);
  void add_annotation(std::uint64_t bytes);
  // The annotation `name`, where it is kept; null: it is measured only.
  std::optional<std::string>* kept_annotation(std::string_view name);
  void expect_text(std::string& target);
  void enter(Place place);
  // A value of a type that only an ignored field may have.
  void refuse_unless_ignored(const char* found);
  void keep_key(std::string_view name);
  void keep(std::size_t bytes);
  void end_of_string();
  void end_of_data_value(std::uint64_t bytes, bool from_string_data);
  void add_key(std::string_view name, std::uint64_t name_bytes, std::uint64_t bytes);
  void add_folded_keys();
  std::string path() const;

  ReadOptions options_;
  Facts& facts_;
  std::string kind_;
  std::string api_version_;
  std::size_t kept_bytes_ = 0;

  Place place_ = Place::outside;
  Slot slot_ = Slot::secret;
  std::string key_;            // the one whose value is next, perhaps cut; for messages, and to name sizes
  std::size_t key_bytes_ = 0;  // of its whole name
  std::string* target_ = nullptr;
  std::uint64_t string_bytes_ = 0;
  base::Base64Length base64_;

  struct FoldedSize {
    std::uint64_t bytes = 0;
    bool from_string_data = false;
  };
  std::unordered_map<std::string, FoldedSize> folded_;  // fold_string_data only
};

}  // namespace hygiene::secret
