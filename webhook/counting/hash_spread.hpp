// Of what carries its hash with it: where it stands in a boost::unordered_flat_*, which takes the place from
// the high bits and a check from the low ones. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hygiene::counting {

struct HashSpread {
  using is_transparent = void;
  using is_avalanching = void;
  // `hashed.hash`: 32 bits.
  template <class Hashed>
  std::size_t operator()(const Hashed& hashed) const {
    return std::uint64_t{hashed.hash} * 0x9E3779B97F4A7C15U;
  }
};

}  // namespace hygiene::counting
