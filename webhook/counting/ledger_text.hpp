// The ledger as the text of a ConfigMap, which replicas compare and swap in strict mode. Readable with
// kubectl: one line an entry. Thread-safety: pure functions and values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "counting/reservation.hpp"

namespace hygiene::counting {

struct Ledger {
  // By field selector of a watch: the newest revision of an object whose entry was dropped.
  using Views = std::map<std::string, std::uint64_t, std::less<>>;

  std::string version;  // resourceVersion of the ConfigMap: for the swap only
  std::string id;       // of the ledger since it was made anew
  std::string seal;     // of the earlier ledger when it was made: see EarlierLedger
  bool in_quarantine = false;
  Views min_views;
  std::vector<Block> blocks;
  std::vector<Reservation> entries;
};

// As a selector in Ledger::Views: of watches of plans that are no more, where there are many, and of all. It
// holds for every watch.
inline constexpr std::string_view kOtherSelectors = "?";

// The bound of the ConfigMap as JSON, as it is sent and received: nothing in it is escaped but line ends, so
// its values are smaller. Source: the API server limits the values of a ConfigMap to 1 MiB in all, and etcd
// an object to 1.5 MiB.
inline constexpr std::size_t kLedgerBytesMax = 1'000'000;

// The ConfigMap of a shard: the name that is configured, and for the first "-cluster", for the others a
// number from 0.
std::string ledger_name(std::string_view configured, std::size_t shard);

// What an entry, the view of one watch and a block add to that JSON.
std::size_t ledger_bytes(const ReservationView& entry);
std::size_t ledger_bytes(std::string_view selector, std::uint64_t revision);
std::size_t ledger_bytes(const Block& block);
// The ConfigMap: to create if `version` is empty, else to replace that version.
std::string render_ledger(const Ledger& ledger, std::string_view namespace_name, std::string_view name);
// Errors: not such a ConfigMap; ledger_version() gives the version of one that is damaged. Errc::unsupported:
// another format, of which nothing is known. Size is no error, because a damaged ledger is made anew. The
// caller bounds what it reads: an API server sends at most 9 MiB of an object and the names of its fields
// (etcd's 1.5 MiB, six bytes of JSON for each).
Result<Ledger> parse_ledger(std::string_view config_map);

// What stands in the place of the one ledger of builds before shards.
struct EarlierLedgerText {
  std::optional<std::string> seal;  // ours; nothing: it is theirs, or damaged
  bool admits = false;              // theirs: they count by it
};
// Error: Errc::unsupported, a format of which nothing is known.
Result<EarlierLedgerText> parse_earlier_ledger(std::string_view config_map);
// The ConfigMap, to replace `version`.
std::string render_seal(std::string_view seal, std::string_view version, std::string_view namespace_name,
                        std::string_view name);
// metadata.resourceVersion; empty: none.
std::string ledger_version(std::string_view config_map);

}  // namespace hygiene::counting
