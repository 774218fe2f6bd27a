// Numbers of names, found by a hash that stands beside each: eight bytes a place, and what looks a name up
// and puts it in touches one line of the cache. Thread-safety: one thread at a time; prefetch(): any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "counting/wide_pages.hpp"

namespace hygiene::counting {

class NameIndex {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = std::numeric_limits<Number>::max();

  // Begins to fetch from memory what find() and add() of `hash` will touch. Where another thread lets the
  // index grow meanwhile, what is fetched may be of no use.
  void prefetch(std::uint32_t hash) const {
    const auto first = first_.load(std::memory_order_relaxed);
    const auto at = first + (hash & mask_.load(std::memory_order_relaxed)) * sizeof(Place);
    if (first != 0) __builtin_prefetch(reinterpret_cast<const void*>(at), 1);
  }
  // The number for which `is` holds, of those with that hash; kNone: there is none.
  template <class Is>
  Number find(std::uint32_t hash, Is is) const {
    if (places_.empty()) return kNone;
    for (auto at = hash & mask(); places_[at].number != kNone; at = (at + 1) & mask()) {
      if (places_[at].hash == hash && is(places_[at].number)) return places_[at].number;
    }
    return kNone;
  }
  // Precondition: it is not there. `hash` is a keyed one: its low bits are spread, whoever chooses the names.
  void add(std::uint32_t hash, Number number);
  // Precondition: it is there, with that hash.
  void remove(std::uint32_t hash, Number number);

  std::size_t size() const { return size_; }

 private:
  struct Place {
    Number number = kNone;
    std::uint32_t hash = 0;
  };

  std::size_t mask() const { return places_.size() - 1; }
  void put(Place place);
  void grow();

  std::vector<Place, WidePages<Place>> places_;  // a power of two of them, at most three quarters taken
  std::size_t size_ = 0;
  // Of places_, for prefetch(): where they begin, and their mask.
  std::atomic<std::uintptr_t> first_ = 0;
  std::atomic<std::size_t> mask_ = 0;
};

}  // namespace hygiene::counting
