// A confirmation, as the engine keeps account of it: before a write is denied, what is known must be as new
// as its arrival. Thread-safety: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "counting/entry.hpp"
#include "counting/inventory.hpp"
#include "counting/view.hpp"

namespace hygiene::counting {

// One watch of a confirmation: reached once the watch has come to the marker, or the list is whole.
struct Leg {
  WatchIndex watch = 0;
  bool by_list = false;
  bool asked = false;
  bool reached = false;
  std::uint64_t id = 0;        // of the list or the marker
  std::uint64_t revision = 0;  // of the same
  std::uint64_t min_view = 0;  // of the ledger when it was asked
};

struct Round {
  std::vector<Scope> scopes;  // none: the end of cooling, or a look at how far the API server is
  std::optional<std::string> namespace_name;  // of a list
  std::uint64_t arrival = 0;                  // requests up to it are confirmed
  std::uint64_t read = 0;                     // entries up to it were there before
  std::string version;                        // of the ledger then
  std::string ledger_id;
  bool ends_cooling = false;
  Time started{};
  std::vector<Leg> legs;
  bool done = false;
};

// What a round found of one scope.
struct Confirmed {
  std::uint64_t arrival = 0;
  std::uint64_t read = 0;
  Tally held;               // stored, and by entries that were there before and after
  bool unchanged = false;   // the ledger had one version all the while
  bool one_moment = false;  // what is known of the scope is what was stored at one moment
};

// A scope that is to be confirmed.
struct Wanted {
  Scope scope;
  std::optional<std::string> namespace_name;  // of a list that shows the scope
};

}  // namespace hygiene::counting
