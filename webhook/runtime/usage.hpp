// How full the scopes of the limits across Secrets are. Thread-safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "counting/engine.hpp"
#include "telemetry/metrics.hpp"

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

struct Usage {
  std::vector<ScopeUsage> fullest;
  std::vector<telemetry::PolicyUsage> policies;
  std::size_t secrets = 0;  // known
  std::size_t entries = 0;  // of writes that were admitted and not yet settled
};

// At most `most` scopes, the fullest first. One pass over all Secrets.
Usage measure_usage(const counting::Engine& engine, const counting::Selection& selection, std::size_t most);
std::string to_json(const Usage& usage, bool synced);

}  // namespace hygiene::runtime
