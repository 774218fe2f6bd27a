// An audit as a table for people, and as JSON for programs. Pure.
#pragma once

#include <ostream>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// At most 100 columns where the names allow; lists are cut to their first ten.
void write_audit_table(const housekeeping::Survey& survey, std::ostream& out, bool colour);

// One document, kind AuditReport. docs/audit.md describes its fields.
void write_audit_json(const housekeeping::Survey& survey, std::ostream& out);

}  // namespace hygiene::commands
