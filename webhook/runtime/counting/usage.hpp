// How full the scopes of the limits across Secrets are. Thread-safety: values and pure functions; a
// UsageMeter has its engine's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "counting/engine.hpp"
#include "json/writer.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

// One limit in one scope.
struct ScopeUsage {
  std::string policy;
  std::string limit;
  std::string scope;           // team-a, team-a/web (a release), or empty: the cluster
  std::uint64_t used = 0;      // stored
  std::uint64_t reserved = 0;  // admitted, not stored yet
  std::uint64_t allowed = 0;
  double ratio() const;
};

// One ledger of strict mode.
struct LedgerUsage {
  std::string ledger;  // see ledger_label()
  std::size_t entries = 0;
  std::size_t bytes = 0;
  std::chrono::milliseconds cooling{0};           // that it goes on for, at least
  std::vector<counting::LedgerShare> namespaces;  // the largest
};

struct Usage {
  std::vector<ScopeUsage> fullest;
  std::vector<LedgerUsage> ledgers;  // that policies need
  std::vector<telemetry::PolicyUsage> policies;
  std::size_t secrets = 0;  // known
  std::size_t entries = 0;  // of writes that were admitted and not yet settled
};

// Passes over all Secrets in steps, between which the engine may change: what it shows is then of several
// moments.
class UsageMeter {
 public:
  // `most`: scopes that are kept, the fullest. `selection` is the engine's at each step.
  UsageMeter(const counting::Engine& engine, std::shared_ptr<const counting::Selection> selection,
             std::size_t most);
  // True once it has come to the end.
  bool step();
  // Precondition: step() said true.
  Usage take() { return std::move(usage_); }
  const std::shared_ptr<const counting::Selection>& selection() const { return selection_; }

 private:
  void take(const counting::Subject& subject);
  void take(const counting::Scope& scope, const counting::Subject& subject);
  void add(ScopeUsage made);
  void trim();

  const counting::Engine& engine_;
  std::shared_ptr<const counting::Selection> selection_;
  std::size_t most_;
  std::optional<std::uint32_t> next_secret_ = 0;  // nothing: all were visited
  counting::ShardIndex shard_ = 0;                // whose reservations are visited
  std::uint32_t next_reservation_ = 0;
  Usage usage_;
  std::unordered_set<counting::ScopeId> seen_;
};

// "cluster", or its number as in its name; "earlier".
std::string ledger_label(counting::ShardIndex shard);
// In local mode there are none.
std::vector<LedgerUsage> ledger_usage(const counting::Engine& engine, counting::Time now);

// Writes the members "secrets", "entries", "scopes" and "ledgers": docs/status-page.md describes them.
void write_fields(json::Writer& json, const Usage& usage);
// A document with these members and "synced".
std::string to_json(const Usage& usage, bool synced);

}  // namespace hygiene::runtime
