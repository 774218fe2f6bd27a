// How one engine counts. Thread-safety: a value.
#pragma once

#include <cstddef>
#include <string>

#include "counting/reservation.hpp"

namespace hygiene::counting {

struct EngineOptions {
  bool strict = false;  // reservations in the shared ledger; else in memory
  std::string replica;  // unique to this run of this process; no white space
  std::string ledger_namespace;
  std::string ledger_name;
  // After this an admitted write is stored or never will be. Source: the API server gives a write 34 s.
  Time settle{120'000};
  // Local mode: nothing is known until `settle` has passed and all was listed once more, because the process
  // before this one may have admitted what is not stored yet.
  bool quarantine_at_start = false;
  // What reservations may take in local mode. About 420,000 of them: 3,500 writes a second that all fail
  // later.
  std::size_t reservations_bytes_max = 64 * 1024 * 1024;
};

}  // namespace hygiene::counting
