// Emptying what is used again for the next request: ordinary memory is kept, what an extraordinary request
// took is given back. A connection may live for days after its one Secret with a type of 1.5 MB.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

namespace hygiene::base {

inline constexpr std::size_t kKeptCapacityBytesMax = 1024;

inline void clear_and_shrink(std::string& text) {
  if (text.capacity() > kKeptCapacityBytesMax) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

template <class T>
void clear_and_shrink(std::vector<T>& values) {
  if (values.capacity() * sizeof(T) > kKeptCapacityBytesMax) {
    std::vector<T>().swap(values);
  } else {
    values.clear();
  }
}

}  // namespace hygiene::base
