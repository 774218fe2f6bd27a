// An entry (reservation): a write that was admitted and may be stored. Thread-safety: a value.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "counting/selection.hpp"

namespace hygiene::counting {

// Since any moment that stays the same while the process runs; it must not go back.
using Time = std::chrono::milliseconds;

// One call of the webhook: two calls may be for one write (the API server tries again), and two writes may
// give the same uid (an UPDATE by two clients).
struct EntryKey {
  std::uint64_t uid = 0;
  std::uint64_t before = 0;  // the stored resourceVersion that an UPDATE replaces; 0: a CREATE
  std::string call;          // unique among all replicas and their restarts; no white space
  auto operator<=>(const EntryKey&) const = default;
};

struct Entry {
  EntryKey key;
  std::string namespace_name;
  std::string name;
  std::string type;
  std::uint64_t bytes = 0;

  Subject subject() const { return {namespace_name, name, type}; }
};

}  // namespace hygiene::counting
