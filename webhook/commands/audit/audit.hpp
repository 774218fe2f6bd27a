// `secret-hygiene audit`: every stored Secret held against the policies, and what it costs to keep them all.
// Thread-safety: one thread at a time.
#pragma once

#include <ostream>
#include <string>

#include "commands/cli/stored_flags.hpp"

namespace hygiene::commands {

enum class FailOn { none, violations, denied };

struct AuditOptions {
  // Without policies nothing is judged. Applied, policyreport is written to the cluster instead of to `out`.
  StoredOptions stored;
  std::string field_selector;  // the API server reads it
  std::string compare;         // a directory or a file of policies; empty: none
  FailOn fail_on = FailOn::none;
};

// The report goes to `out`, one sentence about what went wrong to `err`. Returns the exit status, one of
// ExitCode: kExitFound only with fail_on; interrupted, the report is of what was read till then.
int run_audit(const AuditOptions& options, std::ostream& out, std::ostream& err);

// Its subcommand, with its flags.
Run add_audit(CLI::App& app);

}  // namespace hygiene::commands
