// `secret-hygiene audit`: every stored Secret held against the policies, and what it costs to keep them all.
#pragma once

#include <ostream>
#include <string>

#include "commands/cli/stored_flags.hpp"
#include "housekeeping/stored/outage_retry.hpp"

namespace hygiene::commands {

struct AuditOptions {
  StoredOptions stored;          // without policies nothing is judged
  std::string output = "table";  // or json, html, policyreport
  bool apply = false;            // of policyreport: written to the cluster instead of to `out`
  std::string read = "auto";     // or metadata, whole
  std::string fail_on = "none";  // or violations
  bool colour = false;           // of the table; see terminal_wants_colour()
  bool progress = false;         // see terminal_shows_progress()
  housekeeping::OutageRetryRules patience;
};

// The report goes to `out`, one sentence about what went wrong to `err`. Returns the exit status, one of
// StoredExit: kStoredFound only with fail_on; interrupted, the report is of what was read till then.
int run_audit(const AuditOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hygiene::commands
