// An audit as tables for people. Thread-safety: pure functions.
#pragma once

#include <ostream>

#include "commands/terminal/text_table.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// At most 100 columns where the names allow, unless it is wide. A list shows its first ten rows, a wide one a
// hundred.
void write_audit_table(const housekeeping::Survey& survey, const TableStyle& style, std::ostream& out);

}  // namespace hygiene::commands
