#include "commands/controllers/controllers.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/cli/load_policies.hpp"
#include "commands/cli/yaml_output.hpp"
#include "commands/controllers/audit_file.hpp"
#include "commands/controllers/components.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/survey/survey_cluster.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::ControllersFound;
using housekeeping::Survey;

// What is stored: of the file, else of the metadata of all Secrets, for a controller caches those of all
// namespaces. Nothing where the list is denied, which `found` then says.
Result<std::optional<Survey>> stored_secrets(const ControllersOptions& options, cluster::BlockingApi& api,
                                             std::shared_ptr<const policy::PolicySet> policies,
                                             const housekeeping::Interrupt& interrupt,
                                             ControllersFound& found, std::ostream& err) {
  if (!options.audit.empty()) {
    auto report = read_audit_report(options.audit);
    if (!report) return report.error();
    return std::optional(std::move(*report));
  }
  housekeeping::SurveyWish wish;
  wish.choice = housekeeping::ReadChoice::metadata;
  wish.policies = std::move(policies);
  wish.interrupt = &interrupt;
  wish.outage_retry = options.stored.outage_retry;
  Progress progress(err, options.stored.progress);
  auto survey = housekeeping::survey_cluster(api, wish, progress);
  if (survey) return std::optional(std::move(*survey));
  if (survey.error().code() != Errc::denied) return survey.error();
  found.not_looked_at.push_back(survey.error().message() +
                                "; savings are unknown: give --audit FILE with the report of an audit");
  return std::optional<Survey>();
}

Result<ControllersReport> look(const ControllersOptions& options,
                               const std::shared_ptr<const policy::PolicySet>& policies,
                               const housekeeping::Interrupt& interrupt, std::ostream& err) {
  auto api =
      cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt, options.stored, err));
  if (!api) return api.error();
  auto found =
      housekeeping::find_controllers(**api, namespace_to_walk(options.stored, (*api)->client()), interrupt);
  if (!found) return found.error();
  if (found->nothing_looked_at) return make_report(std::move(*found), std::nullopt, false);
  auto stored = stored_secrets(options, **api, policies, interrupt, *found, err);
  if (!stored) return stored.error();
  return make_report(std::move(*found), std::move(*stored), !options.audit.empty());
}

// Returns the exit status.
int write(const ControllersOptions& options, const ControllersReport& report, std::ostream& err) {
  const Components components = make_components(report);
  for (const std::string& sentence : components.left_out) err << printable(sentence) << '\n';
  if (const auto written = write_components(options.write, components, options.force); !written) {
    err << printable(written.error().message()) << '\n';
    return kExitCannot;
  }
  for (const ComponentFile& file : components.files)
    err << "wrote " << printable(options.write + '/' + file.path) << '\n';
  if (components.files.empty()) err << "there is no selector to set: nothing was written\n";
  return kExitDone;
}

}  // namespace

int run_controllers(const ControllersOptions& options, std::ostream& out, std::ostream& err) {
  const auto policies = options.stored.names_policies()
                            ? load_policies_or_default(options.stored, "checked", err)
                            : default_policies();
  if (!policies) return kExitCannot;
  const housekeeping::Interrupt interrupt;
  const auto report = look(options, policies, interrupt, err);
  if (!report) {
    err << printable(explain(report.error(), options.stored)) << '\n';
    return interrupt.asked() ? exit_status(interrupt) : kExitCannot;
  }
  for (const std::string& sentence : report->found.not_looked_at)
    err << "not checked: " << printable(sentence) << '\n';
  if (report->found.nothing_looked_at) return kExitCannot;
  const Output output = options.stored.output;
  if (output == Output::json || output == Output::yaml) {
    write_document(output, out, [&report](std::ostream& json) { write_controllers_json(*report, json); });
  } else {
    write_controllers_table(*report, {output == Output::wide, !options.stored.no_headers}, out);
  }
  if (!options.write.empty()) {
    if (const int status = write(options, *report, err); status != kExitDone) return status;
  }
  if (interrupt.asked()) return exit_status(interrupt);
  return report->found.not_looked_at.empty() ? kExitDone : kExitFound;
}

Run add_controllers(CLI::App& app) {
  auto options = std::make_shared<ControllersOptions>();
  CLI::App& command = *app.add_subcommand(
      "controllers", "Show which controllers cache Secrets, and which selector each has and could have");
  add_client_flags(command, options->stored.access, options->stored.api);
  add_namespace_flags(command, options->stored, "Namespace of the workloads");
  add_policies_flags(command, options->stored,
                     " that label the stored Secrets; default: the default policies");
  add_text(command, "--audit", options->audit, "FILE",
           "Report of `audit -A -o json` to estimate savings by; default: the metadata of all Secrets");
  add_text(command, "--write", options->write, "DIR",
           "Write the settings as kustomize components to this directory");
  command.add_flag("--force", options->force, "With --write: replace existing files");
  add_table_flags(command, options->stored, {Output::table, Output::wide, Output::json, Output::yaml});
  add_examples(
      command,
      {"# Show the controllers of the cluster, and what each would save", "secret-hygiene controllers -A",
       "# Estimate savings by measured sizes", "secret-hygiene audit -A -o json > audit.json",
       "secret-hygiene controllers -A --audit audit.json", "# Write what to set as kustomize components",
       "secret-hygiene controllers -A --write selectors"});
  return [options] {
    meet_terminal(options->stored);
    return run_controllers(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
