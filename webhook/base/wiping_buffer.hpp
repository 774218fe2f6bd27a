// A fixed read buffer that held values of Secrets: it zeroes what it held when told to, and when it goes.
// Meets Beast's DynamicBuffer needs by hand: data, prepare, commit, consume. Never grows, never allocates
// after construction. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace hygiene::base {

class WipingBuffer {
 public:
  explicit WipingBuffer(std::size_t capacity);
  ~WipingBuffer();
  WipingBuffer(const WipingBuffer&) = delete;
  WipingBuffer& operator=(const WipingBuffer&) = delete;

  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  std::size_t capacity() const { return capacity_; }
  // Room for new bytes, all that there is; moves what is unread to the front if it stands in the way.
  // Empty when `capacity` unread bytes are held.
  std::span<char> prepare();
  void commit(std::size_t bytes);
  void consume(std::size_t bytes);
  // Zeroes every byte that was ever committed and is not unread data.
  void wipe();

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t dirty_ = 0;  // bytes at the front that may hold old data
};

// Zeroes the part of this thread's stack below the caller's frame that a parser may have used (16 KiB), and
// on x86-64 the vector registers, which would bring their content back to the stack.
void wipe_stack();

}  // namespace hygiene::base
