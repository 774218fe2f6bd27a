// What `prune` prints: a table, a JSON document or names. Thread-safety: one thread at a time.
#pragma once

#include <ostream>

#include "commands/terminal/text_table.hpp"
#include "housekeeping/prune/prune_outcome.hpp"

namespace hygiene::commands {

using housekeeping::PruneOutcome;

void print_prune_table(const PruneOutcome& outcome, const TableStyle& style, std::ostream& out);
// `secret/NAME` of each revision that was deleted, or would be.
void print_prune_names(const PruneOutcome& outcome, std::ostream& out);
void print_prune_json(const PruneOutcome& outcome, std::ostream& out);

}  // namespace hygiene::commands
