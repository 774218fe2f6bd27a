#include "base/wiping_text.hpp"

#include <algorithm>
#include <utility>

#include <string.h>

namespace hygiene::base {

WipingText& WipingText::operator=(WipingText&& other) noexcept {
  if (this != &other) {
    clear();
    swap(other);
  }
  return *this;
}

void WipingText::reserve(std::size_t bytes) {
  if (capacity_ < bytes) grow(bytes);
}

char* WipingText::data() {
  if (bytes_ == nullptr) grow(0);
  bytes_[size_] = '\0';
  return bytes_.get();
}

void WipingText::clear() {
  wipe();
  size_ = 0;
}

void wipe(std::string& text) {
  // A text that was moved from may still stand in the place of a short one.
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

void WipingText::swap(WipingText& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
}

void WipingText::wipe() {
  if (bytes_ != nullptr) explicit_bzero(bytes_.get(), capacity_ + 1);
}

void WipingText::grow(std::size_t wanted) {
  const std::size_t capacity = std::max<std::size_t>({wanted, 2 * capacity_, 255});
  std::unique_ptr<char[]> larger(new char[capacity + 1]);
  std::copy(bytes_.get(), bytes_.get() + size_, larger.get());
  wipe();
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace hygiene::base
