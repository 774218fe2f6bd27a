// Texts that many Secrets share, as small numbers: namespaces and types. A number is given again once nobody
// uses its text. Thread-safety: one thread at a time.
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

 private:
  struct Entry {
    std::string text;
    std::uint32_t number = 0;
    std::uint32_t users = 0;
  };
  std::uint32_t texts_max_;
  std::deque<Entry> entries_;  // never moved: numbers_ holds views
  std::vector<std::uint32_t> free_;
  Entry* last_ = nullptr;  // that was acquired: most often the next one's too
  boost::unordered_flat_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace hygiene::counting
