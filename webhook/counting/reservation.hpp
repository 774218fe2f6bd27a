// A reservation (an entry of the ledger): a write that was admitted and may be stored. Thread-safety: a
// value; a view of one is valid as long as the texts that it points to.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "counting/selection.hpp"

namespace hygiene::counting {

// Since any moment that stays the same while the process runs; it must not go back.
using Time = std::chrono::milliseconds;

// One call of the webhook: two calls may be for one write (the API server tries again), and two writes may
// give the same uid (an UPDATE by two clients).
struct ReservationKey {
  std::uint64_t uid = 0;
  std::uint64_t before = 0;  // the stored resourceVersion that an UPDATE replaces; 0: a CREATE
  // Each replica counts on from a hash of its own name. It is compared among calls for one object only, so
  // that two replicas would have to count the same 2^40 numbers, with a probability of 1 in 10^7, and then
  // meet at one object.
  std::uint64_t call = 0;
  auto operator<=>(const ReservationKey&) const = default;
};

struct ReservationView {
  ReservationKey key;
  std::string_view namespace_name;
  std::string_view name;
  std::string_view type;
  std::uint64_t bytes = 0;

  Subject subject() const { return {namespace_name, name, type}; }
};

struct Reservation {
  ReservationKey key;
  std::string namespace_name;
  std::string name;
  std::string type;
  std::uint64_t bytes = 0;

  static Reservation of(const ReservationView& view) {
    return {view.key, std::string(view.namespace_name), std::string(view.name), std::string(view.type),
            view.bytes};
  }
  ReservationView view() const { return {key, namespace_name, name, type, bytes}; }
};

}  // namespace hygiene::counting
