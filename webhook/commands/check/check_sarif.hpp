// What `check -o sarif` prints: a log of SARIF 2.1.0, which code scanning services of CI systems read.
// Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <ostream>

#include "commands/check/check_report.hpp"

namespace hygiene::commands {

// Written as it comes: a result for each limit that is broken and for what cannot be judged. `out` must
// outlive the report. Source: docs.oasis-open.org/sarif/sarif/v2.1.0.
std::unique_ptr<CheckReport> make_sarif_report(std::ostream& out);

}  // namespace hygiene::commands
