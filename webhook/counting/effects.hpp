// What the engine asks of its runner, and what comes back. Each effect is answered exactly once. Until then,
// and while policies stay, the engine asks for no more at a time than one read or write of the ledger; the
// markers and lists of one confirmation, or in local mode the lists of four namespaces and of all; 16 names;
// and a few waits. The engine may ask again as soon as it hears of a failure, so the runner delays failures:
// it sets the pace of retries. Thread-safety: values.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "counting/cluster_view.hpp"
#include "counting/counted_write.hpp"
#include "counting/reservation.hpp"

namespace hygiene::counting {

// A shard of the engine; the first counts in scopes of the cluster, or in all.
using ShardIndex = std::size_t;
inline constexpr ShardIndex kFirstShard = 0;
// No shard: what is asked of the ledger that builds before shards kept.
inline constexpr ShardIndex kEarlierLedger = std::numeric_limits<ShardIndex>::max();

// GET of a shard's ledger, straight from the store (no resourceVersion). Answer: Engine::ledger_read.
struct ReadLedger {
  ShardIndex shard = 0;
  std::string namespace_name;
  std::string name;  // of the ConfigMap
};
// Creates the ledger (`create`), or replaces it by PUT: `config_map` holds the version that it replaces.
// Never sent twice. Answer: Engine::ledger_swapped.
struct SwapLedger {
  ShardIndex shard = 0;
  std::string namespace_name;
  std::string name;  // of the ConfigMap
  bool create = false;
  std::string config_map;
};
// Changes the marker of this type, so that the watch has an event to show: creates it, or patches an
// annotation to a new value. Answer: Engine::marker_written with its new resourceVersion.
using MarkerId = std::uint64_t;
struct WriteMarker {
  ShardIndex shard = 0;
  MarkerId marker = 0;
  std::string type;
};
// LIST of what the watch shows, in one namespace or in all (nothing), without resourceVersion. Answer:
// Engine::list_shows for each Secret, then list_ends; or list_failed.
struct ListScope {
  ShardIndex shard = 0;
  ListId list = 0;
  WatchIndex watch = 0;
  std::optional<std::string> namespace_name;
};
// GET of one Secret's metadata, without resourceVersion. Answer: Engine::name_read.
struct ReadName {
  ShardIndex shard = 0;
  std::string namespace_name;
  std::string name;
  Time seen_by{};  // for reservations that were first seen by then
};
// Nothing but time. Answer: Engine::waited, so much later.
struct Wait {
  ShardIndex shard = 0;
  Time length{};
};
using Effect = std::variant<ReadLedger, SwapLedger, WriteMarker, ListScope, ReadName, Wait>;

// `uid` 0: no such Secret.
struct NameState {
  std::uint64_t uid = 0;
  std::uint64_t revision = 0;
};

struct LedgerRead {
  enum class Kind { found, missing, failed } kind = Kind::failed;
  std::string config_map;
};
// `unclear`: it may or may not have been written.
enum class Swapped { done, conflict, unclear };

using Ticket = std::uint64_t;
enum class Answer { allowed, denied, unknown };
enum class Unknown {
  no,
  not_synced,        // a watch that its policies need has not been listed yet
  quarantine,        // reservations may have been lost; over once Options::settle has passed
  unmeasured,        // the size of a Secret in its scope is not known yet
  no_room,           // the ledger is full, or the memory for reservations
  no_share,          // its namespace fills the part of the ledger that one may fill: deny it
  ledger_format,     // the ledger is one of another version, which this one does not know
  policies_changed,  // the caller must make the claims again and ask again
  too_late,          // set by the runner: no decision came within the request's deadline
};
// As a metric's label, such as not_synced.
std::string_view to_string(Unknown why);

// A limit, and how much of it is used once this write is stored.
struct LimitUsage {
  Claim claim;
  std::uint64_t used = 0;  // with this write
  bool exceeded() const { return used > claim.allowed; }
};
using LimitUsages = std::vector<LimitUsage>;

struct Decision {
  Ticket ticket = 0;
  Answer answer = Answer::allowed;
  Unknown why = Unknown::no;
  LimitUsages usages;          // of every claim that was looked at; if unknown, of the known ones
  ReservationKey reservation;  // of a write that is allowed and reserves
};

}  // namespace hygiene::counting
