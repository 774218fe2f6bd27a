// How one engine counts. Thread-safety: a value.
#pragma once

#include <cstddef>
#include <string>

#include "counting/reservation.hpp"

namespace hygiene::counting {

// How many ledgers share the namespaces of a cluster.
inline constexpr std::size_t kNamespaceLedgers = 16;

struct EngineOptions {
  bool strict = false;  // reservations in the shared ledger; else in memory
  std::string replica;  // unique to this run of this process; no white space
  // The ledgers are the ConfigMaps that ledger_name() makes of these; markers are in the same namespace.
  std::string ledger_namespace;
  std::string ledger_name;
  // Strict mode: where the ConfigMap `ledger_name` may be in which builds before shards count; empty:
  // nowhere.
  std::string earlier_ledger_namespace;
  // Strict mode: how many ledgers share the namespaces, beside the one of limits per cluster. 0: one ledger
  // holds all. All replicas must agree.
  std::size_t namespace_ledgers = 0;
  // How long a reservation lasts at most: after this time its write is stored or never will be. Source: the
  // API server gives a write 34 s from its arrival, and etcd a transaction of it 7 s more
  // (ServerConfig.ReqTimeout). It may have come when a block was used for the last time, block_lasts after
  // that was written. The rest is for clocks that differ.
  Time settle{60'000};
  // Strict mode: the most Secrets of a block (0: no blocks are taken), how long the replica that took one
  // gives places from it, and the part of the room left under a limit that all blocks there may hold.
  std::uint64_t block_secrets_max = 64;
  Time block_lasts{1'000};
  std::uint64_t block_room_part = 8;
  // Local mode: counts are unknown until `settle` has passed and all was listed once more, because the
  // process before this one may have admitted writes that are not stored yet.
  bool quarantine_at_start = false;
  // The memory for reservations in local mode: about 420,000 of them, or 3,500 writes a second that all fail
  // later.
  std::size_t reservations_bytes_max = 64 * 1024 * 1024;
};

}  // namespace hygiene::counting
