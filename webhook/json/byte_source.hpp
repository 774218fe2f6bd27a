// An input stream as chunks with look-ahead, and where in it the next byte stands. Holds one buffer, however
// long the input is, and zeroes it at its end: what passes may be a Secret. Thread-safety: one thread at a
// time.
#pragma once

#include <cstddef>
#include <istream>
#include <string_view>

#include "base/error.hpp"
#include "base/wiping_buffer.hpp"

namespace hygiene::json {

class ByteSource {
 public:
  // What a pipe holds on Linux: one read takes all that waits there.
  static constexpr std::size_t kCapacity = 64 * 1024;

  // `in` must outlive the source.
  explicit ByteSource(std::istream& in) : in_(in), buffer_(kCapacity) {}

  // The bytes that are at hand: at least `wanted` (of at most kCapacity), unless the input ends before.
  // Empty: the end.
  std::string_view ahead(std::size_t wanted = 1);
  // Passes over `bytes` of what is at hand.
  void consume(std::size_t bytes);
  // Of the next byte.
  const base::Position& where() const { return where_; }
  // True if the end is one because reading failed.
  bool failed() const { return in_.bad(); }

 private:
  std::istream& in_;
  base::WipingBuffer buffer_;
  base::Position where_{0, 1, 1};
};

}  // namespace hygiene::json
