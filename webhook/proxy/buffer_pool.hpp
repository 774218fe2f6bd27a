// The read buffers of one worker. A connection borrows one while bytes pass, so that idle connections hold
// none; returned buffers are wiped. Thread-safety: the worker's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/wiping_buffer.hpp"

namespace hygiene::proxy {

// Four TLS records, and a whole head (kHeadBytesMax).
inline constexpr std::size_t kBufferBytes = 64 * 1024;

class BufferPool {
 public:
  struct Return {
    BufferPool* pool;
    void operator()(base::WipingBuffer* buffer) const { pool->take_back(buffer); }
  };
  // The pool must outlive it.
  using Loan = std::unique_ptr<base::WipingBuffer, Return>;

  Loan lend();

 private:
  void take_back(base::WipingBuffer* buffer);

  // How many buffers are kept. While all are lent, more are made and not kept: few connections are busy for
  // long.
  static constexpr std::size_t kKept = 8;
  std::vector<std::unique_ptr<base::WipingBuffer>> free_;
};

}  // namespace hygiene::proxy
