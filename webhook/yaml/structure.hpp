// The tokens of one YAML document on their way to json::Events. Bounds depth, keys and what aliases stand
// for, finds keys that are given twice, and puts in place of aliases and merge keys what they stand for.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "yaml/reader.hpp"

namespace hygiene::yaml {

// Ends a document from within yaml-cpp's parser; Reader::next() catches it.
struct Stop {
  Error error;
};

class Structure {
 public:
  // What anchored values, and the copies that aliases and merge keys make of them, may take in one document.
  // An API server takes no object of more than 3 MiB, but a List may hold several.
  static constexpr std::size_t kExpandedBytesMax = 16 * 1024 * 1024;

  // All must outlive the structure. `token`: where the token that comes next stands.
  Structure(json::Events& events, const Reader::Judge& judge, const json::ReaderLimits& limits,
            Aliases aliases, Reader::Token& token)
      : events_(events), judge_(judge), limits_(limits), aliases_(aliases), token_(token) {}

  // The value or key that comes next has this anchor.
  void anchor(std::size_t anchor);
  void alias(std::size_t anchor);
  // A key where one is expected, else a value. `plain`: without quotes and tag.
  void scalar(const std::string& text, bool plain);
  void null();
  void open(bool mapping);
  void close();

  bool expects_key() const { return !frames_.empty() && frames_.back().key_next; }

  // Throws Stop.
  [[noreturn]] void stop(Errc code, std::string message) const;
  // Throws Stop unless the judge lets reading go on.
  void judge(Oddity oddity, Errc code, std::string message) const;

 private:
  // A token of the document, kept.
  struct Item {
    enum class Kind { scalar, null, mapping, sequence, close };
    Kind kind;
    bool plain = false;
    std::string text = {};
  };
  // Items of tape_: one whole value.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  // A value that is being kept: for an anchor, or for the merge key of the mapping at hand where that is 0.
  struct Recording {
    std::size_t anchor;
    std::size_t depth;  // of the open mappings and sequences around it
    std::size_t begin;  // in tape_
  };
  struct Merge {
    Range value;
    std::size_t keys_before;  // keys of its mapping that stand before it
    base::Position where;
  };
  struct Key {
    std::size_t line;
    std::size_t number;  // in its mapping, from 0
  };
  struct Frame {
    bool mapping = false;
    bool key_next = false;
    std::optional<base::Position> merge_next = {};  // the merge key whose value comes next
    // Its keys by their hashes: as the JSON reader guards its objects.
    std::unordered_map<std::size_t, Key> keys = {};
    std::vector<Merge> merges = {};
  };

  void key(const std::string& text, bool plain);
  void begin_value();
  void end_value();
  void end_merge_value(Range value);
  // Keeps a token where a value is being kept.
  void record(Item::Kind kind, bool plain = false, std::string_view text = {});
  void keep(Item item);
  void spend(const Item& item);
  void hand_out_scalar(const std::string& text, bool plain);
  // True while the value of a merge key is read: its entries are handed out at the end of its mapping.
  bool withheld() const { return merging_ > 0; }
  void check() const;

  // Hands out items once more.
  void replay(Range items);
  // The end of the value that begins at `begin`.
  std::size_t end_of_value(std::size_t begin) const;
  // Hands out what the merge keys of the innermost mapping add to it.
  void merge();
  void merge_mapping(std::size_t begin, const Merge& from);

  json::Events& events_;
  const Reader::Judge& judge_;
  const json::ReaderLimits& limits_;
  Aliases aliases_;
  Reader::Token& token_;
  std::vector<Frame> frames_;
  std::size_t anchor_ = 0;  // of what comes next
  std::vector<Recording> recordings_;
  std::size_t merging_ = 0;  // recordings of merge keys
  std::deque<Item> tape_;    // grows while a value is kept; what it holds does not move
  std::unordered_map<std::size_t, Range> anchored_;
  std::size_t spent_ = 0;  // of kExpandedBytesMax
};

}  // namespace hygiene::yaml
