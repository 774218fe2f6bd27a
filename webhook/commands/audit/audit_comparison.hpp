// What `audit --compare` found: a table, and a part of the JSON report. Thread-safety: pure functions.
#pragma once

#include <ostream>

#include "commands/terminal/text_table.hpp"
#include "housekeeping/survey/survey.hpp"
#include "json/writer.hpp"

namespace hygiene::commands {

// Precondition of both: the survey has a comparison.
void write_audit_comparison(const housekeeping::Survey& survey, const TableStyle& style, std::ostream& out);
// The member "comparison" of the object at hand.
void write_audit_comparison(const housekeeping::Survey& survey, json::Writer& json);

}  // namespace hygiene::commands
