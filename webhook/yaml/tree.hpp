// A YAML file as a small tree in which every key and value knows its line and column. Every Oddity of the
// reader is refused, and deep nesting, too many nodes (copies count), bytes that are not UTF-8.
// Thread-safety: values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "yaml/reader.hpp"

namespace hygiene::yaml {

// A policy is nested 7 deep; recursion over the tree stays within this.
inline constexpr std::size_t kDepthMax = 32;
// A node of the densest legal file, `[a,a,…]`, is 2 bytes: 1 MiB could hold 500,000 of about 150 bytes each.
inline constexpr std::size_t kNodesMax = 100'000;
// Errors after which reading goes on (a key given twice, a tag) are listed up to this many.
inline constexpr std::size_t kErrorsMax = 100;

struct Entry;

struct Node {
  // Scalars are what they are to Kubernetes' tools: `yes` and 5 are no strings unless quoted.
  enum class Kind { null, string, number, boolean, sequence, mapping };

  Kind kind = Kind::null;
  std::string text;  // of a scalar
  base::Position where;
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a mapping, in order

  // The value of `key` in a mapping, or null.
  const Node* find(std::string_view key) const;
  const Entry* find_entry(std::string_view key) const;
  bool is_scalar() const { return kind == Kind::string || kind == Kind::number || kind == Kind::boolean; }
};

struct Entry {
  std::string key;
  base::Position where;
  Node value;
};

struct File {
  std::vector<Node> documents;  // those read before the first fatal error; empty documents are left out
  std::vector<Error> errors;    // with line and column
};

// Never throws. The text may be of any size; callers bound it (kPolicyFileBytesMax).
File parse(std::string_view text, Aliases aliases = Aliases::refused);

}  // namespace hygiene::yaml
