// What an audit found, as names that kubectl takes. Thread-safety: pure function.
#pragma once

#include <ostream>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// `secret/NAME` of each Secret that breaks a limit, then `namespace/NAME` of each namespace that does, a line
// each, by namespace. As with `kubectl -o name`, a Secret's namespace is not named. A release and the cluster
// are no objects that kubectl knows. `err` hears of findings that the survey left out.
void write_audit_names(const housekeeping::Survey& survey, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
