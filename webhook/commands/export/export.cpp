#include "commands/export/export.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/rfc3339.hpp"
#include "commands/cli/exit_code.hpp"
#include "commands/cli/load_policies.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {

int run_export(const ExportCommandOptions& options, std::ostream& out, std::ostream& err) {
  const auto policies = load_policies_or_default(options.policies, "exported", err);
  if (policies == nullptr) return kExitCannot;
  const housekeeping::Exported exported = housekeeping::export_policies(*policies, options.exported);
  for (const std::string& sentence : exported.left_out) err << "left out: " << printable(sentence) << '\n';
  if (exported.policies == 0) {
    err << "none of these policies can be exported\n";
    return kExitCannot;
  }
  out << exported.objects;
  return kExitDone;
}

Run add_export(CLI::App& app) {
  auto options = std::make_shared<ExportCommandOptions>();
  options->exported.now = base::now_in_seconds();
  CLI::App& command = *app.add_subcommand(
      "export", "Write policies as ValidatingAdmissionPolicies and a MutatingAdmissionPolicy");
  command
      .add_option("-p,--policies", options->policies,
                  "Directory or file of policies; default: the default policies")
      ->type_name("PATH");
  command.add_flag("--fallback", options->exported.fallback,
                   "For a cluster that also runs the webhook: leave warnings and audits to the webhook");
  command
      .add_option_function<std::string>(
          "--kubernetes-version",
          [options](const std::string& text) {
            const auto minor = housekeeping::parse_kubernetes_version(text);
            if (!minor) throw CLI::ValidationError("--kubernetes-version", minor.error().message());
            options->exported.minor = *minor;
          },
          "Kubernetes version of the cluster; before 1.36, labels are left out")
      ->type_name("VERSION")
      ->default_str("1.36");
  add_examples(command,
               {"# Show what the API server would enforce", "secret-hygiene export -p policies/strict",
                "# Keep limits while the webhook is down",
                "secret-hygiene export -p policies/strict --fallback | kubectl apply -f -"});
  return [options] { return run_export(*options, std::cout, std::cerr); };
}

}  // namespace hygiene::commands
