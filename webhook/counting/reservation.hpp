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

// Time since a moment that is fixed for the process. It must not go back.
using Time = std::chrono::milliseconds;

// One call of the webhook. Two calls may be for one write (the API server retries), and two writes may give
// the same uid (UPDATEs by two clients).
struct ReservationKey {
  std::uint64_t uid = 0;
  std::uint64_t before = 0;  // the stored resourceVersion that an UPDATE replaces; 0: a CREATE
  // Each replica counts up from a hash of its own name. Numbers are compared among calls for one object only:
  // two replicas would have to use the same 2^40 numbers, with a probability of 1 in 10^7, and meet at one
  // object.
  std::uint64_t call = 0;
  auto operator<=>(const ReservationKey&) const = default;
};

// A reservation for all tries of one name that come while another is open. Its key has this uid, the call of
// the first of them, and how many there were, from kFirstTry on, as `before`: each try that is added renews
// it. No watch ends it, because another try may be stored later: to all versions it looks like an UPDATE of
// a revision that no watch ever reaches. It ends by time.
inline constexpr std::uint64_t kManyTries = ~std::uint64_t{0};
inline constexpr std::uint64_t kFirstTry = std::uint64_t{1} << 63;

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

// Places in the ledger that a replica may give to writes of a namespace and a type without writing it again.
struct Block {
  std::uint64_t id = 0;     // no two blocks have the same: each replica counts up from a hash of its own name
  std::uint64_t count = 0;  // 0: it bars other blocks, in its namespace or (empty) in all
  std::uint64_t bytes = 0;
  std::string namespace_name;
  std::string type;
};

}  // namespace hygiene::counting
