// What `audit -o prometheus` writes: a survey in Prometheus' text format, for node_exporter's textfile
// collector. Specification: docs/audit-metrics.md. Thread-safety: pure function.
#pragma once

#include <ostream>

#include "housekeeping/survey/survey.hpp"

namespace hygiene::commands {

// Precondition: the survey was not interrupted; a part of the sums would look like a fall.
void write_audit_prometheus(const housekeeping::Survey& survey, std::ostream& out);

}  // namespace hygiene::commands
