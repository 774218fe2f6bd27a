// What the fuzz targets share. Thread-safety: pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/ascii.hpp"

namespace hygiene::test {

// Ends the process, so that the fuzzer keeps the input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A text whole, and cut in two.
struct CutText {
  std::string_view whole;
  std::array<std::string_view, 2> parts;
};

// The first byte of the input says where to cut the rest.
inline CutText cut_text(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return {};
  const std::string_view whole = text_of(data + 1, size - 1);
  const std::size_t cut = data[0] * whole.size() / 256;
  return {whole, {whole.substr(0, cut), whole.substr(cut)}};
}

// An error is one line for a person.
inline bool is_sentence(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, base::is_control);
}

}  // namespace hygiene::test
