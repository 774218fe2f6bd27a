// Memory for large tables that are looked up at random: asks the kernel for pages of 2 MiB, so that a lookup
// waits for the table alone and not for the tables of pages too. Thread-safety: stateless.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace hygiene::counting {

template <class T>
struct WidePages {
  using value_type = T;
  static constexpr std::size_t kPageBytes = 2 * 1024 * 1024;

  WidePages() = default;
  template <class U>
  WidePages(const WidePages<U>&) {}

  // As std::allocator's below the size of a page. Where the kernel gives none, it is memory all the same.
  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kPageBytes) return static_cast<T*>(::operator new(bytes));
    const std::size_t whole = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    void* made = std::aligned_alloc(kPageBytes, whole);
    if (made == nullptr) throw std::bad_alloc();
    madvise(made, whole, MADV_HUGEPAGE);
    return static_cast<T*>(made);
  }
  void deallocate(T* given, std::size_t count) {
    if (count * sizeof(T) < kPageBytes) {
      ::operator delete(given);
    } else {
      std::free(given);
    }
  }
  bool operator==(const WidePages&) const = default;
};

}  // namespace hygiene::counting
