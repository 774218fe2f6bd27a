// The ledger as a ConfigMap: what replicas share in strict mode, and what they compare and swap. Readable
// with kubectl: one line an entry. Thread-safety: pure functions and values.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "counting/entry.hpp"

namespace hygiene::counting {

struct Ledger {
  std::string version;  // resourceVersion of the ConfigMap: for the swap only
  std::string id;       // of the ledger since it was made anew
  bool cooling = false;
  // By field selector of a watch: the newest revision of an object whose entry was dropped.
  std::map<std::string, std::uint64_t, std::less<>> min_views;
  std::vector<Entry> entries;
};

// Source: the API server holds the values of a ConfigMap to 1 MiB in all.
inline constexpr std::size_t kLedgerBytesMax = 1'000'000;

// The length of an entry's line.
std::size_t ledger_bytes(const EntryView& entry);
// The ConfigMap, to be created where `version` is empty, and to replace that version elsewhere.
std::string render_ledger(const Ledger& ledger, std::string_view namespace_name, std::string_view name);
// Errors: not such a ConfigMap, another format, more than kLedgerBytesMax. `version` of the error's ledger is
// lost with it: ledger_version() reads it alone.
base::Result<Ledger> parse_ledger(std::string_view config_map);
// metadata.resourceVersion; empty where there is none.
std::string ledger_version(std::string_view config_map);

}  // namespace hygiene::counting
