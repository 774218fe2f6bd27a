// What a prune found, and what came of each revision. Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "housekeeping/prune/prune_plan.hpp"

namespace hygiene::housekeeping {

enum class RevisionResult {
  planned,  // and not come to, where the run applies
  deleted,
  gone,  // another deleted it meanwhile
  left,  // its release was written meanwhile
  failed,
};
std::string_view to_string(RevisionResult result);

// A release of which more is stored than is kept, and what came of it.
struct PruneRow {
  ReleasePlan plan;
  std::vector<RevisionResult> results;  // one for each of plan.going
  std::string why;                      // of what was left or failed: a sentence

  std::uint64_t count(RevisionResult result) const;
  std::uint64_t bytes(RevisionResult result) const;       // of those whose size is known
  std::uint64_t unmeasured(RevisionResult result) const;  // the others
};

struct PruneOutcome {
  bool applied = false;
  bool interrupted = false;
  std::uint64_t releases = 0;   // read
  std::uint64_t revisions = 0;  // read
  std::vector<PruneRow> rows;
  std::vector<ForeignSecret> foreign;

  std::uint64_t count(RevisionResult result) const;
  std::uint64_t bytes(RevisionResult result) const;
  std::uint64_t unmeasured(RevisionResult result) const;
};

}  // namespace hygiene::housekeeping
