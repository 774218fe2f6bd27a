#include "base/wiping_buffer.hpp"

#include <algorithm>
#include <cassert>

#include <string.h>

namespace hygiene::base {

WipingBuffer::WipingBuffer(std::size_t capacity) : bytes_(new char[capacity]), capacity_(capacity) {}

WipingBuffer::~WipingBuffer() {
  explicit_bzero(bytes_.get(), dirty_);
}

std::span<char> WipingBuffer::prepare() {
  if (begin_ > 0) {
    std::copy(bytes_.get() + begin_, bytes_.get() + end_, bytes_.get());
    end_ -= begin_;
    begin_ = 0;
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void WipingBuffer::commit(std::size_t bytes) {
  assert(bytes <= capacity_ - end_);
  end_ += bytes;
  dirty_ = std::max(dirty_, end_);
}

void WipingBuffer::consume(std::size_t bytes) {
  assert(bytes <= end_ - begin_);
  begin_ += bytes;
}

void WipingBuffer::wipe() {
  explicit_bzero(bytes_.get(), begin_);
  explicit_bzero(bytes_.get() + end_, dirty_ - end_);
  dirty_ = end_;
  if (begin_ == end_) begin_ = end_ = dirty_ = 0;
}

[[gnu::noinline]] void wipe_stack() {
  char below[16 * 1024];
  explicit_bzero(below, sizeof below);
}

}  // namespace hygiene::base
