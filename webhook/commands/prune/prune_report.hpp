// What `prune` prints: a table or a JSON document. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "housekeeping/prune/prune_plan.hpp"

namespace hygiene::commands {

enum class RevisionResult {
  planned,  // a run that applies did not reach it
  deleted,
  gone,  // another deleted it meanwhile
  left,  // its release was written meanwhile
  failed,
};
std::string_view to_string(RevisionResult result);

// A release with more stored revisions than are kept, and what became of them.
struct PruneRow {
  housekeeping::ReleasePlan plan;
  std::vector<RevisionResult> results;  // one for each of plan.going
  std::string why;                      // of what was left or failed: a sentence

  std::uint64_t count(RevisionResult result) const;
  std::uint64_t bytes(RevisionResult result) const;
};

struct PruneOutcome {
  bool applied = false;
  bool interrupted = false;
  std::uint64_t releases = 0;   // read
  std::uint64_t revisions = 0;  // read
  std::vector<PruneRow> rows;
  std::vector<housekeeping::ForeignSecret> foreign;

  std::uint64_t count(RevisionResult result) const;
  std::uint64_t bytes(RevisionResult result) const;
};

void print_prune_table(const PruneOutcome& outcome, bool colour, std::ostream& out);
void print_prune_json(const PruneOutcome& outcome, std::ostream& out);

}  // namespace hygiene::commands
