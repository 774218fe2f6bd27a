#include "commands/label/label_flags.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/label/label.hpp"

namespace hygiene::commands {

Run add_label(CLI::App& app) {
  auto options = std::make_shared<LabelOptions>();
  CLI::App& command = *app.add_subcommand(
      "label", "Label stored Secrets as serve would have; a dry run unless --apply; exit 1 if any failed");
  add_stored_flags(command, options->stored);
  add_policies_flag(command, options->stored);
  command.add_flag("--apply", options->stored.apply, "Change the Secrets; without it the plan is printed");
  command.add_flag("--remove-all", options->remove_all,
                   "Take off every label and annotation of ours, for an uninstall");
  add_qps_flag(command, options->stored, "Writes");
  add_read_flag(command, options->stored,
                "auto, metadata (sizes from the annotation where there is one) or whole (measured)");
  add_output_flag(command, options->stored.output, {Output::table, Output::json});
  name_environment(command);
  return [options] {
    meet_terminal(options->stored);
    return run_label(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
