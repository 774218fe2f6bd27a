// Emptying what is used again for the next request: ordinary memory is kept, what an extraordinary request
// took is given back. A connection may live for days after its one Secret with a type of 1.5 MB.
#pragma once

#include <string>
#include <vector>

namespace hygiene::base {

inline constexpr std::size_t kRecycledBytesMax = 1024;

inline void recycle(std::string& text) {
  if (text.capacity() > kRecycledBytesMax) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

template <class T>
void recycle(std::vector<T>& values) {
  if (values.capacity() * sizeof(T) > kRecycledBytesMax) {
    std::vector<T>().swap(values);
  } else {
    values.clear();
  }
}

}  // namespace hygiene::base
