// A set of policies as admission policies that the API server itself enforces, and what of it CEL cannot say.
// Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/document.hpp"

namespace hygiene::housekeeping {

// A minor version of Kubernetes 1.
inline constexpr unsigned kValidatingSince = 30;
inline constexpr unsigned kMutatingSince = 36;

struct ExportOptions {
  unsigned minor = kMutatingSince;  // of the Kubernetes 1 that it is for, kValidatingSince or later
  // Beside a webhook that runs: what denies and what labels only, since the webhook says the rest.
  bool fallback = false;
  // By which exceptions end; as it is, all have ended.
  std::chrono::sys_seconds now = std::chrono::sys_seconds::max();
};

struct Exported {
  std::string objects;                // one List, as JSON
  std::size_t policies = 0;           // admission policies in it
  std::vector<std::string> left_out;  // a sentence each, which begins with the policy's name
};

Exported export_policies(const policy::PolicySet& policies, const ExportOptions& options);

// The minor version of "1.30", "v1.30" or "v1.30.2". Errors: no such version, one before kValidatingSince.
Result<unsigned> parse_kubernetes_version(std::string_view text);

}  // namespace hygiene::housekeeping
