#include "base/wiping_buffer.hpp"

#include <algorithm>
#include <cassert>

#include <string.h>

namespace hygiene::base {
namespace {

// The vector registers hold what was last decrypted or copied. The dynamic loader saves them to the stack
// when it binds a symbol at its first call, as the libraries that we use let it, and there nothing would wipe
// it.
#if defined(__x86_64__)
[[gnu::noinline, gnu::target("avx512f")]] void zero_registers_16_to_31() {
  asm volatile(
      "vpxord %%zmm16, %%zmm16, %%zmm16\n\t"
      "vpxord %%zmm17, %%zmm17, %%zmm17\n\t"
      "vpxord %%zmm18, %%zmm18, %%zmm18\n\t"
      "vpxord %%zmm19, %%zmm19, %%zmm19\n\t"
      "vpxord %%zmm20, %%zmm20, %%zmm20\n\t"
      "vpxord %%zmm21, %%zmm21, %%zmm21\n\t"
      "vpxord %%zmm22, %%zmm22, %%zmm22\n\t"
      "vpxord %%zmm23, %%zmm23, %%zmm23\n\t"
      "vpxord %%zmm24, %%zmm24, %%zmm24\n\t"
      "vpxord %%zmm25, %%zmm25, %%zmm25\n\t"
      "vpxord %%zmm26, %%zmm26, %%zmm26\n\t"
      "vpxord %%zmm27, %%zmm27, %%zmm27\n\t"
      "vpxord %%zmm28, %%zmm28, %%zmm28\n\t"
      "vpxord %%zmm29, %%zmm29, %%zmm29\n\t"
      "vpxord %%zmm30, %%zmm30, %%zmm30\n\t"
      "vpxord %%zmm31, %%zmm31, %%zmm31\n\t" ::
          : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
            "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
}

[[gnu::noinline, gnu::target("avx")]] void zero_registers_0_to_15() {
  asm volatile("vzeroall" ::
                   : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

void wipe_vector_registers() {
  if (__builtin_cpu_supports("avx512f")) zero_registers_16_to_31();
  if (__builtin_cpu_supports("avx")) zero_registers_0_to_15();
}
#else
// Not known elsewhere; our own symbols are bound at the start on every machine.
void wipe_vector_registers() {}
#endif

}  // namespace

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
  wipe_vector_registers();
  char below[16 * 1024];
  explicit_bzero(below, sizeof below);
}

}  // namespace hygiene::base
