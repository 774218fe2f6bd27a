// SipHash-1-3 with a key of this process: whoever chooses names cannot choose collisions.
// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF". Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <string_view>

namespace hygiene::counting {

struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// The hash of a number and up to two texts. A text must not hold the byte that joins them, '/': no name does.
std::uint64_t keyed_hash(const HashKey& key, std::uint64_t number, std::string_view text,
                         std::string_view more = {});

}  // namespace hygiene::counting
