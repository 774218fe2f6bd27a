#include "commands/audit/audit_flags.hpp"

#include <csignal>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/audit/audit.hpp"
#include "commands/terminal/colour.hpp"
#include "commands/terminal/progress.hpp"

namespace hygiene::commands {

Run add_audit(CLI::App& app) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App& command = *app.add_subcommand(
      "audit", "Hold every stored Secret against the policies, and show what a selector would save");
  add_stored_flags(command, options->stored);
  add_policies_flag(command, options->stored, false);
  command.add_option("-o,--output", options->output, "table, json, html or policyreport")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json", "html", "policyreport"}))
      ->type_name("FORMAT");
  command.add_flag("--apply", options->apply,
                   "Write the PolicyReports to the cluster instead of printing them");
  command
      .add_option("--read", options->read,
                  "auto (metadata where that suffices), metadata (never a value) or whole (measured)")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "metadata", "whole"}))
      ->type_name("HOW");
  command.add_option("--fail-on", options->fail_on, "violations: exit 1 if a limit is broken; or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "violations"}))
      ->type_name("WHAT");
  name_environment(command);
  return [options] {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not a signal
    options->colour = terminal_wants_colour();
    options->progress = terminal_shows_progress();
    return run_audit(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
