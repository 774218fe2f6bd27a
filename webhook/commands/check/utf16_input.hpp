// An input in UTF-16, read as UTF-8. Some editors and shells of Windows write manifests so, and kubectl takes
// them. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <streambuf>

namespace hygiene::commands {

enum class ByteOrder { little, big };

// Passes over a byte order mark of UTF-16, if the input begins with one; else over nothing.
std::optional<ByteOrder> take_utf16_mark(std::istream& in);

class Utf16Input final : public std::streambuf {
 public:
  // `in` stands behind the byte order mark and must outlive this. A lone surrogate, and a byte that is left
  // at the end, become U+FFFD.
  Utf16Input(std::istream& in, ByteOrder order) : in_(in), order_(order) {}

 protected:
  // Throws where `in` cannot be read to its end: the stream around this is bad then.
  int_type underflow() override;

 private:
  static constexpr std::size_t kUnits = 2048;

  // The next code unit; nothing at the end.
  std::optional<std::uint32_t> next_unit();
  void append(std::uint32_t code_point);

  std::istream& in_;
  ByteOrder order_;
  std::optional<std::uint32_t> high_surrogate_;  // of a pair whose second half comes next
  std::array<char, 4 * kUnits> text_{};  // a unit makes at most 3 bytes, a surrogate from before 3 more
  std::size_t size_ = 0;
};

}  // namespace hygiene::commands
