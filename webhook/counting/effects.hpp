// What the engine asks of whoever runs it, and what comes back. Each effect is answered once, whatever
// happened. Until then, and while policies stay, no more is asked at a time than one read or write of the
// ledger; the markers and lists of one confirmation, or in local mode the lists of four namespaces and of
// all; and 16 names. The engine may ask again as soon as it hears of a failure: whoever runs it tells of one
// no sooner than the API server is to be asked again. Thread-safety: values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "counting/cluster_view.hpp"
#include "counting/counted_write.hpp"

namespace hygiene::counting {

// GET of the ledger, straight from the store (no resourceVersion). Answer: Engine::ledger_read.
struct ReadLedger {};
// Create it where `create`, else PUT: `config_map` holds the version that is to be replaced. Never sent
// twice. Answer: Engine::ledger_swapped.
struct SwapLedger {
  bool create = false;
  std::string config_map;
};
// Change a Secret of ours of this type, so that the watch has something to show: create it, or patch an
// annotation to another value. Answer: Engine::marker_written with its new resourceVersion.
using MarkerId = std::uint64_t;
struct WriteMarker {
  MarkerId marker = 0;
  std::string type;
};
// LIST what the watch shows, in one namespace or (absent) in all, without resourceVersion. Answer:
// Engine::list_shows for each Secret, then list_ends; list_failed where it breaks off.
struct ListScope {
  ListId list = 0;
  WatchIndex watch = 0;
  std::optional<std::string> namespace_name;
};
// GET of one Secret's metadata, without resourceVersion. Answer: Engine::name_read.
struct ReadName {
  std::string namespace_name;
  std::string name;
  Time seen_by{};  // for its reservations that were first seen by then
};
using Effect = std::variant<ReadLedger, SwapLedger, WriteMarker, ListScope, ReadName>;

struct LedgerRead {
  enum class Kind { found, missing, failed } kind = Kind::failed;
  std::string config_map;
};
// `unclear`: nobody knows whether it was done.
enum class Swapped { done, conflict, unclear };

using Ticket = std::uint64_t;
enum class Answer { allowed, denied, unknown };
enum class Unknown {
  no,
  not_synced,        // a watch that its policies need has not been listed yet
  quarantine,        // reservations may have been lost: it takes Options::settle until none can matter
  unmeasured,        // the size of a Secret in its scope is not known yet
  no_room,           // the ledger is full, or the memory for reservations
  policies_changed,  // make the claims again and ask again
  too_late,          // said by who runs the engine: no decision came within the request's deadline
};
// A word, as a metric names it: not_synced.
std::string_view to_string(Unknown why);

// A limit, and how much of it is used once this write is stored.
struct LimitUsage {
  Claim claim;
  std::uint64_t used = 0;  // with this write
  bool exceeded() const { return used > claim.allowed; }
};
struct Decision {
  Ticket ticket = 0;
  Answer answer = Answer::allowed;
  Unknown why = Unknown::no;
  std::vector<LimitUsage> usages;  // of every claim; where unknown, of what is known
};

}  // namespace hygiene::counting
