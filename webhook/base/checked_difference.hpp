// Subtraction of sizes. Thread-safety: a pure function.
#pragma once

#include <cassert>
#include <cstdint>

namespace hygiene::base {

// `whole` less `part`. Precondition: `part` is contained in `whole`, so that it is not larger. Where it is
// larger, a build with assertions (every one but the release) ends; a release answers 0, because a difference
// that wraps around is near 2^64 and breaks every limit.
constexpr std::uint64_t checked_difference(std::uint64_t whole, std::uint64_t part) {
  assert(part <= whole);
  return part <= whole ? whole - part : 0;
}

}  // namespace hygiene::base
