#include "commands/audit/audit_flags.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/audit/audit.hpp"

namespace hygiene::commands {

Run add_audit(CLI::App& app) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App& command = *app.add_subcommand(
      "audit", "Hold every stored Secret against the policies, and show what a selector would save");
  add_stored_flags(command, options->stored);
  add_policies_flag(command, options->stored);
  add_output_flag(command, options->stored.output,
                  {Output::table, Output::json, Output::html, Output::policyreport});
  command.add_flag("--apply", options->stored.apply,
                   "Write the PolicyReports to the cluster instead of printing them");
  add_read_flag(command, options->stored,
                "auto (metadata where that suffices), metadata (never a value) or whole (measured)");
  add_choice(command, "--fail-on", options->fail_on, "WHAT",
             "violations: exit 1 if a limit is broken; or none",
             {{"none", FailOn::none}, {"violations", FailOn::violations}});
  name_environment(command);
  return [options] {
    meet_terminal(options->stored);
    return run_audit(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
