// The words of an enum, out of a table in the order of its values. Thread-safety: pure function.
#pragma once

#include <cstddef>
#include <string_view>

namespace hygiene::base {

// `kLast` is the enum's last value: a table that forgets one does not compile.
template <auto kLast, std::size_t kNames>
constexpr std::string_view name_of(decltype(kLast) value, const std::string_view (&names)[kNames]) {
  static_assert(kNames == static_cast<std::size_t>(kLast) + 1);
  return names[static_cast<std::size_t>(value)];
}

}  // namespace hygiene::base
