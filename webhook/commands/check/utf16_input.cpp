#include "commands/check/utf16_input.hpp"

#include <ios>
#include <utility>

namespace hygiene::commands {
namespace {

using Traits = std::istream::traits_type;

constexpr int kLow = 0xFF;
constexpr int kHigh = 0xFE;
constexpr std::uint32_t kReplacement = 0xFFFD;

bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

std::optional<ByteOrder> take_utf16_mark(std::istream& in) {
  const int first = in.peek();
  if (first != kLow && first != kHigh) return std::nullopt;
  in.get();
  if (in.peek() == (first == kLow ? kHigh : kLow)) {
    in.get();
    return first == kLow ? ByteOrder::little : ByteOrder::big;
  }
  in.clear();
  in.unget();
  return std::nullopt;
}

std::optional<std::uint32_t> Utf16Input::next_unit() {
  const int first = in_.get();
  if (first == Traits::eof()) return std::nullopt;
  const int second = in_.get();
  if (second == Traits::eof()) return kReplacement;
  const bool little = order_ == ByteOrder::little;
  return static_cast<std::uint32_t>(little ? second << 8 | first : first << 8 | second);
}

// The source of the ranges is RFC 3629 section 3.
void Utf16Input::append(std::uint32_t code_point) {
  const auto put = [this](std::uint32_t byte) { text_[size_++] = static_cast<char>(byte); };
  const auto put_tail = [&](unsigned shift) { put(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) return put(code_point);
  if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put_tail(6);
  } else {
    put(0xF0 | code_point >> 18);
    put_tail(12);
    put_tail(6);
  }
  put_tail(0);
}

Utf16Input::int_type Utf16Input::underflow() {
  size_ = 0;
  for (std::size_t i = 0; i < kUnits; ++i) {
    const auto unit = next_unit();
    if (in_.bad()) throw std::ios_base::failure("the input cannot be read to its end");
    const auto high = std::exchange(high_surrogate_, std::nullopt);
    if (high && unit && is_low_surrogate(*unit)) {
      append(0x10000 + ((*high - 0xD800) << 10) + (*unit - 0xDC00));
      continue;
    }
    if (high) append(kReplacement);
    if (!unit) break;
    if (is_high_surrogate(*unit)) {
      high_surrogate_ = unit;
    } else {
      append(is_low_surrogate(*unit) ? kReplacement : *unit);
    }
  }
  if (size_ == 0) return traits_type::eof();
  setg(text_.data(), text_.data(), text_.data() + size_);
  return traits_type::to_int_type(text_[0]);
}

}  // namespace hygiene::commands
