// Text that holds a key, a token, or a Secret on its way: its memory is zeroed when it grows into another
// place, is cleared, or goes. Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hygiene::base {

class WipingText {
 public:
  WipingText() = default;
  explicit WipingText(std::string_view text) { append(text); }
  WipingText(WipingText&& other) noexcept { swap(other); }
  WipingText& operator=(WipingText&& other) noexcept;
  ~WipingText() { wipe(); }

  // Makes room for a text of this many bytes.
  void reserve(std::size_t bytes);
  void append(std::string_view part) {
    if (capacity_ - size_ < part.size()) grow(size_ + part.size());
    std::copy(part.begin(), part.end(), bytes_.get() + size_);
    size_ += part.size();
  }
  WipingText& operator+=(std::string_view part) {
    append(part);
    return *this;
  }
  WipingText& operator+=(char c) {
    append({&c, 1});
    return *this;
  }
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // For a parser that works in place; a NUL follows the last byte.
  char* data();
  void clear();

 private:
  void swap(WipingText& other) noexcept;
  void wipe();
  void grow(std::size_t wanted);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // the NUL's place not among them
};

// Zeroes all memory of a text that held a key or a token, and empties it.
void wipe(std::string& text);

}  // namespace hygiene::base
