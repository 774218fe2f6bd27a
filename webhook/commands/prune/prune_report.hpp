// What `prune` prints: a table or a JSON document. Thread-safety: one thread at a time.
#pragma once

#include <ostream>

#include "housekeeping/prune/prune_outcome.hpp"

namespace hygiene::commands {

using housekeeping::PruneOutcome;

void print_prune_table(const PruneOutcome& outcome, bool colour, std::ostream& out);
void print_prune_json(const PruneOutcome& outcome, std::ostream& out);

}  // namespace hygiene::commands
