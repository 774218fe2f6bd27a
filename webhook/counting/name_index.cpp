#include "counting/name_index.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::counting {
namespace {

constexpr std::size_t kPlacesMin = 16;

}  // namespace

void NameIndex::add(std::uint32_t hash, Number number) {
  if (size_ + 1 > places_.size() / 4 * 3) grow();
  put({number, hash});
  ++size_;
}

void NameIndex::put(Place place) {
  auto at = place.hash & mask();
  while (places_[at].number != kNone) at = (at + 1) & mask();
  places_[at] = place;
}

void NameIndex::grow() {
  const auto before = std::exchange(places_, decltype(places_)(std::max(kPlacesMin, places_.size() * 2)));
  for (const auto& place : before) {
    if (place.number != kNone) put(place);
  }
  first_.store(reinterpret_cast<std::uintptr_t>(places_.data()), std::memory_order_relaxed);
  mask_.store(mask(), std::memory_order_relaxed);
}

// What stands behind it moves up, unless that is where it belongs: a search ends at the first free place.
void NameIndex::remove(std::uint32_t hash, Number number) {
  auto hole = hash & mask();
  while (places_[hole].number != number) hole = (hole + 1) & mask();
  for (auto at = (hole + 1) & mask(); places_[at].number != kNone; at = (at + 1) & mask()) {
    const auto home = places_[at].hash & mask();
    if (((at - home) & mask()) < ((at - hole) & mask())) continue;
    places_[hole] = places_[at];
    hole = at;
  }
  places_[hole] = {};
  --size_;
}

}  // namespace hygiene::counting
