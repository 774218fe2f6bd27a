#include "commands/policies/policies.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

namespace hygiene::commands {

int run_policies_print(EmbeddedPolicies set, std::ostream& out, std::ostream& err) {
  bool first = true;
  for (const policy::SourceFile& file : embedded_policies(set)) {
    out << (first ? "" : "---\n") << "# " << file.name << '\n' << file.text;
    first = false;
  }
  return flush_report(out, err) ? 0 : 2;
}

Run add_policies(CLI::App& app) {
  auto set = std::make_shared<EmbeddedPolicies>();
  CLI::App& policies = *app.add_subcommand("policies", "Policies that the program brings along");
  policies.require_subcommand(1);
  CLI::App& print = *policies.add_subcommand("print", "Print a set of policies as YAML, to be edited");
  add_choice(print, "SET", *set, "TEXT", "Which set",
             {{"default", EmbeddedPolicies::default_set}, {"strict", EmbeddedPolicies::strict}})
      ->default_str("")
      ->required();
  add_examples(
      print, {"# Begin with the default policies", "secret-hygiene policies print default > policies.yaml"});
  return [set] { return run_policies_print(*set, std::cout, std::cerr); };
}

}  // namespace hygiene::commands
