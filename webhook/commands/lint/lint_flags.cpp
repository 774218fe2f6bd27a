#include "commands/lint/lint_flags.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/lint/lint.hpp"

namespace hygiene::commands {

Run add_lint(CLI::App& app) {
  auto options = std::make_shared<LintOptions>();
  CLI::App& command = *app.add_subcommand("lint", "Check policy files; exit 1 if they have errors");
  command.add_option("PATH", options->paths, "Policy directories or files, each a set of its own");
  command.add_flag("--schema", options->schema, "Print the policies' JSON Schema");
  return [options] { return run_lint(*options, std::cout, std::cerr); };
}

}  // namespace hygiene::commands
