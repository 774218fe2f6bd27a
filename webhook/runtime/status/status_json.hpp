// What the program is doing and has done lately, as one value: what the status page and /api/v1/status show.
// Never a value of a Secret; names of Secrets. Thread-safety: values and pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/document.hpp"
#include "runtime/counting/usage.hpp"
#include "runtime/status/probes.hpp"
#include "runtime/status/recent_rejections.hpp"
#include "runtime/status/traffic_history.hpp"

namespace hygiene::runtime {

struct Status {
  std::chrono::system_clock::time_point now;
  std::chrono::system_clock::time_point started;
  std::string replica;  // the host's name: in a cluster the pod's
  std::string version;
  std::vector<Probes::Check> checks;
  std::shared_ptr<const policy::PolicySet> policies;  // in force; null before the first
  std::uint64_t policies_refused = 0;                 // sets, since the start
  std::uint64_t certificates_refused = 0;
  std::optional<std::chrono::system_clock::time_point> certificate_ends;
  std::vector<TrafficSlot> traffic;         // oldest first
  std::vector<RecentRejection> rejections;  // newest first
  bool counting = false;                    // a policy in force has a limit across Secrets
  bool synced = true;                       // what is stored is known
  std::shared_ptr<const Usage> usage;       // fullest first; null where nothing is counted

  bool ready() const;
};

// What each field means: docs/status-page.md.
std::string to_json(const Status& status);

}  // namespace hygiene::runtime
