// Texts that many Secrets share, namespaces and types, as small numbers. A text keeps its number while it has
// users; then the number is given again. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace hygiene::counting {

class Interner {
 public:
  // `texts_max`: how many texts can be held at once.
  explicit Interner(std::uint32_t texts_max) : texts_max_(texts_max) {}

  // The number of `text`, with one more user; nothing where no number is left.
  std::optional<std::uint32_t> acquire(std::string_view text);
  void release(std::uint32_t number);
  std::optional<std::uint32_t> find(std::string_view text) const;
  std::string_view text(std::uint32_t number) const { return entries_[number].text; }
  std::size_t size() const { return numbers_.size(); }
  // What the texts take of memory, about.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string text;
    std::uint32_t users = 0;
  };
  // An entry, and its place in an index that is two thirds full.
  static constexpr std::size_t kEntryBytes = sizeof(Entry) + sizeof(std::pair<std::string_view, int>) * 3 / 2;

  std::uint32_t texts_max_;
  std::size_t bytes_ = 0;
  std::deque<Entry> entries_;  // never moved: numbers_ holds views
  std::vector<std::uint32_t> free_;
  boost::unordered_flat_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace hygiene::counting
