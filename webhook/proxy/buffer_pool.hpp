// The read buffers of one worker: lent to a connection while bytes pass, so that idle ones hold none, and
// wiped when they come back. Thread-safety: the worker's thread.
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
  // Must go before its pool does.
  using Loan = std::unique_ptr<base::WipingBuffer, Return>;

  Loan lend();

 private:
  void take_back(base::WipingBuffer* buffer);

  // More are made while all are lent, and not kept: of as many connections at once few are busy for long.
  static constexpr std::size_t kKept = 8;
  std::vector<std::unique_ptr<base::WipingBuffer>> free_;
};

}  // namespace hygiene::proxy
