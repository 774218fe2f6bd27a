#include "commands/lint/lint.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <ostream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "commands/cli/exit_code.hpp"
#include "policy/loader.hpp"

namespace hygiene::commands {
namespace {

std::string number_of(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

ExitCode lint_set(const std::string& path, std::chrono::sys_seconds now, std::ostream& out,
                  std::ostream& err) {
  const auto files = policy::read_policy_files(path);
  if (!files) {
    err << files.error().message() << '\n';
    return kExitCannot;
  }
  const auto outcome = policy::load_policies(files->files, files->passed_over, now);
  for (const auto& error : outcome.errors) err << to_string(error) << '\n';
  for (const auto& warning : outcome.warnings) {
    auto marked = warning;
    marked.message = "warning: " + marked.message;
    err << to_string(marked) << '\n';
  }
  if (outcome.policies == nullptr) {
    err << path << ": " << number_of(outcome.errors.size(), "error", "errors") << '\n';
    return kExitFound;
  }
  out << path << ": " << number_of(outcome.policies->policies.size(), "policy", "policies") << " in "
      << number_of(files->files.size(), "file", "files") << ": no errors\n";
  return kExitDone;
}

}  // namespace

int run_lint(const LintOptions& options, std::ostream& out, std::ostream& err) {
  if (options.schema) {
    out << policy::json_schema();
    return kExitDone;
  }
  if (options.paths.empty()) {
    err << "lint: name at least one directory or file of policies, or --schema\n";
    return kExitCannot;
  }
  ExitCode worst = kExitDone;
  for (const auto& path : options.paths) worst = std::max(worst, lint_set(path, options.now, out, err));
  return worst;
}

Run add_lint(CLI::App& app) {
  auto options = std::make_shared<LintOptions>();
  CLI::App& command = *app.add_subcommand("lint", "Check policy files; exit 1 if they have errors");
  command.add_option("PATH", options->paths, "Policy directories or files, each a set of its own");
  command.add_flag("--schema", options->schema, "Print the policies' JSON Schema");
  add_examples(command,
               {"# Check a directory before it becomes a ConfigMap", "secret-hygiene lint policies/strict"});
  return [options] { return run_lint(*options, std::cout, std::cerr); };
}

}  // namespace hygiene::commands
