// How many objects come after a page of a list, as its metadata says: remainingItemCount, which an API server
// gives before the items, and not where a selector is asked for. Source: metav1.ListMeta. Only digits are
// kept. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hygiene::housekeeping {

class RemainingCount {
 public:
  // The next part of the page's text. What comes after the first 8 KiB is not looked at: a list's metadata is
  // far shorter, and an item's may hold the same words.
  void feed(std::string_view part);
  std::optional<std::uint64_t> count() const { return count_; }
  // Ready for the next page.
  void reset() { *this = RemainingCount(); }

 private:
  enum class Place { before, at_number, done };
  void take(char c);

  Place place_ = Place::before;
  std::size_t matched_ = 0;  // characters of the field's name
  std::size_t seen_ = 0;
  std::optional<std::uint64_t> count_;
};

}  // namespace hygiene::housekeeping
