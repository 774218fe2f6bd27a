#include "commands/policies/policies.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/cli/embedded_policies.hpp"
#include "commands/cli/exit_code.hpp"

namespace hygiene::commands {

namespace {

// One YAML stream, a comment with its name before each file.
int print_policies(EmbeddedPolicies set, std::ostream& out) {
  bool first = true;
  for (const policy::SourceFile& file : embedded_policies(set)) {
    out << (first ? "" : "---\n") << "# " << file.name << '\n' << file.text;
    first = false;
  }
  return kExitDone;
}

}  // namespace

Run add_policies(CLI::App& app) {
  auto set = std::make_shared<EmbeddedPolicies>();
  CLI::App& policies = *app.add_subcommand("policies", "Print the built-in policies");
  policies.require_subcommand(1);
  CLI::App& print = *policies.add_subcommand("print", "Print a built-in set of policies as YAML, to edit");
  add_choice(print, "SET", *set, "TEXT", "Which set",
             {{"default", EmbeddedPolicies::default_set}, {"strict", EmbeddedPolicies::strict}})
      ->default_str("")
      ->required();
  add_examples(
      print, {"# Start from the default policies", "secret-hygiene policies print default > policies.yaml"});
  return [set] { return print_policies(*set, std::cout); };
}

}  // namespace hygiene::commands
