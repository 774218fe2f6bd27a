#include "proxy/buffer_pool.hpp"

#include <utility>

namespace hygiene::proxy {

BufferPool::Loan BufferPool::lend() {
  if (free_.empty()) return {new base::WipingBuffer(kBufferBytes), Return{this}};
  std::unique_ptr<base::WipingBuffer> buffer = std::move(free_.back());
  free_.pop_back();
  return {buffer.release(), Return{this}};
}

void BufferPool::take_back(base::WipingBuffer* buffer) {
  std::unique_ptr<base::WipingBuffer> returned(buffer);
  if (free_.size() == kKept) return;
  returned->consume(returned->data().size());
  returned->wipe();
  free_.push_back(std::move(returned));
}

}  // namespace hygiene::proxy
