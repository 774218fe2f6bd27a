// An audit as tables for people. Thread-safety: pure functions.
#pragma once

#include <ostream>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// At most 100 columns where the names allow. A list shows its first ten.
void write_audit_table(const housekeeping::Survey& survey, std::ostream& out, bool colour);

}  // namespace hygiene::commands
