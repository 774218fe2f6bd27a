// An audit as one JSON document, kind AuditReport: docs/audit.md describes its fields. Thread-safety: pure
// functions.
#pragma once

#include <ostream>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

void write_audit_json(const housekeeping::Survey& survey, std::ostream& out);

}  // namespace hygiene::commands
