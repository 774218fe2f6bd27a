#include "commands/check/check_flags.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/check/check.hpp"
#include "commands/terminal/terminal.hpp"

namespace hygiene::commands {

Run add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& command = *app.add_subcommand("check",
                                          "Judge manifests or recorded AdmissionReviews offline; exit 1 if "
                                          "any is denied, 2 if any cannot be judged");
  add_text(command, "-p,--policies", options->policies, "PATH", "Directory or file of policies")->required();
  command.add_option("FILE", options->files, "YAML or JSON files or directories; - is standard input")
      ->required();
  add_output_flag(command, options->output, {Output::table, Output::json, Output::github});
  add_text(command, "-n,--namespace", options->namespace_default, "NAME",
           "Namespace of Secrets that name none");
  name_environment(command);
  return [options] {
    options->colour = terminal_wants_colour();
    return run_check(*options, std::cin, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
