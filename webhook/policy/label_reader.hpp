// Labels and label selectors of a policy document. Each function notes its errors in the FieldReader and
// returns what could be read. Thread-safety: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/field_reader.hpp"
#include "secret/label_selector.hpp"
#include "yaml/tree.hpp"

namespace hygiene::policy {

class LabelReader {
 public:
  explicit LabelReader(FieldReader& reader) : reader_(reader) {}

  // What a selector without fields is: in Kubernetes one that takes all.
  enum class WhenEmpty { refused, takes_all };
  secret::LabelSelector selector(const yaml::Node& node, const Path& path, WhenEmpty when_empty);
  // A mapping of label keys to values, at least one.
  std::vector<secret::Label> pairs(const yaml::Node& node, const Path& path);

 private:
  secret::LabelRequirement expression(const yaml::Node& node, const Path& path);
  void read_values(const yaml::Node& node, const Path& path, bool takes_values,
                   secret::LabelRequirement& requirement);
  void check_key(const std::string& key, base::Position where, const Path& path);
  std::optional<std::string> value(const yaml::Node& node, const Path& path);

  FieldReader& reader_;
};

}  // namespace hygiene::policy
