// The fields that a SecretPolicy document may have, and the reading of one mapping's fields with every error
// noted: of a policy, or of another document of ours. Thread-safety: one thread at a time; the tables are
// immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"
#include "policy/loader.hpp"
#include "policy/pattern.hpp"
#include "yaml/tree.hpp"

namespace hygiene::policy {

// The names of one mapping's fields. `path` is empty for the document itself.
struct FieldTable {
  std::string_view path;
  std::span<const std::string_view> names;
};
// Every table; the limits' names are those of limit_rules(). Tests hold policies/schema.json to them.
std::span<const FieldTable> field_tables();
std::span<const std::string_view> fields_of(std::string_view table_path);

// Where the reader stands: spec.match.types[0].
class Path {
 public:
  Path() = default;
  Path field(std::string_view name) const;
  Path item(std::size_t index) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Notes what is wrong in one file. Each function that reads notes its errors and returns nothing then.
class FieldReader {
 public:
  // A file of 1 MiB could hold 50,000 errors; nobody reads more than these.
  static constexpr std::size_t kErrorsMax = 200;

  FieldReader(std::string file, std::vector<Diagnostic>& errors) : file_(std::move(file)), errors_(errors) {}

  void error(base::Position where, const Path& path, std::string message);

  // True if `node` is a mapping. Fields that the table `table_path` does not name are errors.
  bool mapping(const yaml::Node& node, const Path& path, std::string_view table_path);
  // The same for fields out of `allowed`.
  bool mapping(const yaml::Node& node, const Path& path, std::span<const std::string_view> allowed);
  // True if `node` is a mapping with any keys, at least one.
  bool free_mapping(const yaml::Node& node, const Path& path, std::string_view what);
  // True if `node` is a list with at least `items_min` items.
  bool list(const yaml::Node& node, const Path& path, std::size_t items_min);

  // An error unless the field of the document is the scalar `supported`.
  void expect(const yaml::Node& document, std::string_view field, std::string_view supported);

  std::optional<std::string> string(const yaml::Node& node, const Path& path);
  // At most `bytes_max` bytes, closing line ends cut off.
  std::optional<std::string> prose(const yaml::Node& node, const Path& path, std::size_t bytes_max);
  std::optional<std::uint64_t> quantity(const yaml::Node& node, const Path& path);
  std::optional<std::uint64_t> count(const yaml::Node& node, const Path& path);
  std::optional<unsigned> percent(const yaml::Node& node, const Path& path);
  std::vector<base::Glob> globs(const yaml::Node& node, const Path& path, PatternOf of,
                                std::size_t items_min);

 private:
  // True, with an error noted, if `node` is a number that begins with a 0 and another digit.
  bool octal(const yaml::Node& node, const Path& path);
  void unknown_field(const yaml::Entry& entry, const Path& path, std::span<const std::string_view> allowed);

  std::string file_;
  std::vector<Diagnostic>& errors_;
  std::size_t noted_ = 0;
};

// Text of a document as an error shows it: on one line, at most 80 bytes.
std::string in_quotes(std::string_view text);
// "a, b and c".
std::string join(std::span<const std::string_view> names);

}  // namespace hygiene::policy
