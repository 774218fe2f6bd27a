// What `check -o junit` prints: the XML of JUnit's reports, which most CI systems read. Thread-safety: one
// thread at a time.
#pragma once

#include <memory>
#include <ostream>

#include "commands/check/check_report.hpp"

namespace hygiene::commands {

// A test case for each Secret: a failure where it is denied, skipped where it is unfinished, an error for
// what cannot be judged. Held until the end, since counts come first: up to TextTable::kRowsMax cases, the
// others are only counted. `out` must outlive the report.
std::unique_ptr<CheckReport> make_junit_report(std::ostream& out);

}  // namespace hygiene::commands
