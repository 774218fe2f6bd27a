// The JSON report of an audit, read again. Thread-safety: pure functions.
#pragma once

#include <string>

#include "base/result.hpp"
#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// What savings are made of, of a report that `audit -o json` wrote: what was asked, the total, the sizes that
// are not known, the labels that its policies give, and the selectors. Errors: syntax; invalid (no
// AuditReport).
Result<housekeeping::Survey> parse_audit_report(const std::string& text);

// The same of a file of at most 64 MiB. Errors: also those of base::read_file_or_pipe().
Result<housekeeping::Survey> read_audit_report(const std::string& path);

}  // namespace hygiene::commands
