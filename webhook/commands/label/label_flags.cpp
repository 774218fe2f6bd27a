#include "commands/label/label_flags.hpp"

#include <csignal>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/label/label.hpp"
#include "commands/terminal/colour.hpp"
#include "commands/terminal/progress.hpp"

namespace hygiene::commands {

Run add_label(CLI::App& app) {
  auto options = std::make_shared<LabelOptions>();
  CLI::App& command = *app.add_subcommand(
      "label", "Label stored Secrets as serve would have; a dry run unless --apply; exit 1 if any failed");
  add_stored_flags(command, options->stored);
  add_policies_flag(command, options->stored, false);
  command.add_flag("--apply", options->apply, "Change the Secrets; without it the plan is printed");
  command.add_flag("--remove-all", options->remove_all,
                   "Take off every label and annotation of ours, for an uninstall");
  command.add_option("--qps", options->qps, "Writes a second; 0: no pause")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  command
      .add_option("--read", options->read,
                  "auto, metadata (sizes from the annotation where there is one) or whole (measured)")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "metadata", "whole"}))
      ->type_name("HOW");
  command.add_option("-o,--output", options->output, "table or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  name_environment(command);
  return [options] {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not a signal
    options->colour = terminal_wants_colour();
    options->progress = terminal_shows_progress();
    return run_label(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
