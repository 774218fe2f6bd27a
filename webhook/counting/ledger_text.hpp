// The ledger as a ConfigMap: what replicas share in strict mode, and what they compare and swap. Readable
// with kubectl: one line an entry. Thread-safety: pure functions and values.
#pragma once

#include <map>
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
  bool in_quarantine = false;
  Views min_views;
  std::vector<Reservation> entries;
};

// Of the ConfigMap as JSON, as it is sent and as the API server sends it back: nothing in it is escaped but
// the ends of lines, so that its values are smaller. Source: the API server holds the values of a ConfigMap
// to 1 MiB in all, and etcd an object to 1.5 MiB.
inline constexpr std::size_t kLedgerBytesMax = 1'000'000;

// What an entry adds to that JSON, and what the view of one watch does.
std::size_t ledger_bytes(const ReservationView& entry);
std::size_t ledger_bytes(std::string_view selector, std::uint64_t revision);
// The ConfigMap, to be created where `version` is empty, and to replace that version elsewhere.
std::string render_ledger(const Ledger& ledger, std::string_view namespace_name, std::string_view name);
// Errors: not such a ConfigMap, another format. Use ledger_version() for the version of such a ConfigMap. A
// large one is no error, because after an error the ledger is made anew. The caller bounds what it reads: an
// API server sends at most 9 MiB of an object and the names of its fields (etcd's 1.5 MiB, six bytes of JSON
// for each).
base::Result<Ledger> parse_ledger(std::string_view config_map);
// metadata.resourceVersion; empty where there is none.
std::string ledger_version(std::string_view config_map);

}  // namespace hygiene::counting
