#include "commands/audit/audit.hpp"

#include <chrono>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/rfc3339.hpp"
#include "commands/audit/audit_comparison.hpp"
#include "commands/audit/audit_html.hpp"
#include "commands/audit/audit_json.hpp"
#include "commands/audit/audit_names.hpp"
#include "commands/audit/audit_policyreport_apply.hpp"
#include "commands/audit/audit_prometheus.hpp"
#include "commands/audit/audit_table.hpp"
#include "commands/cli/load_policies.hpp"
#include "commands/cli/yaml_output.hpp"
#include "commands/controllers/report.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/survey/survey_cluster.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::Survey;

using PolicySetPtr = std::shared_ptr<const policy::PolicySet>;

struct Read {
  Survey survey;
  ControllersReport controllers;          // only of a page of HTML
  const ReportApi* report_api = nullptr;  // of PolicyReports: what the API server serves; null: nothing
};

// Of the namespace, or of all. Whatever fails here is said on the page: the audit is done all the same.
ControllersReport look_at_controllers(const Survey& survey, cluster::BlockingApi& api,
                                      const housekeeping::Interrupt& interrupt) {
  auto found = housekeeping::find_controllers(api, survey.namespace_name, interrupt);
  if (!found) {
    housekeeping::ControllersFound nothing;
    nothing.not_looked_at.push_back(found.error().message());
    return make_report(std::move(nothing), survey, true);
  }
  return make_report(std::move(*found), survey, true);
}

// `compared`: null unless --compare is given.
Result<Read> read(const AuditOptions& options, PolicySetPtr policies, PolicySetPtr compared,
                  const housekeeping::Interrupt& interrupt, std::ostream& err) {
  auto api =
      cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt, options.stored, err));
  if (!api) return api.error();
  housekeeping::SurveyWish wish;
  wish.namespace_name = namespace_to_walk(options.stored, (*api)->client());
  wish.label_selector = options.stored.label_selector;
  wish.field_selector = options.field_selector;
  wish.page = options.stored.chunk_size;
  wish.choice = options.stored.read;
  wish.policies = std::move(policies);
  wish.compared = std::move(compared);
  wish.now = base::now_in_seconds();
  wish.interrupt = &interrupt;
  wish.outage_retry = options.stored.outage_retry;
  Progress progress(err, options.stored.progress);
  auto survey = housekeeping::survey_cluster(**api, wish, progress);
  if (!survey) return survey.error();
  Read made{std::move(*survey), {}};
  if (options.stored.output == Output::policyreport && !made.survey.interrupted) {
    const auto served = served_report_api(**api);
    if (!served && options.stored.apply) return served.error();
    if (served) made.report_api = *served;
  }
  if (options.stored.output == Output::html)
    made.controllers = look_at_controllers(made.survey, **api, interrupt);
  return made;
}

void write(const AuditOptions& options, const Read& read, std::ostream& out, std::ostream& err) {
  const Survey& survey = read.survey;
  const Output output = options.stored.output;
  const TableStyle style{output == Output::wide, !options.stored.no_headers, options.stored.colour};
  switch (output) {
    case Output::json:
    case Output::yaml:
      return write_document(output, out, [&](std::ostream& json) { write_audit_json(survey, json); });
    case Output::name:
      return write_audit_names(survey, out, err);
    case Output::html:
      return write_html(survey, read.controllers, out);
    case Output::policyreport:
      return write_policy_reports(survey, read.report_api == nullptr ? kPolicyReports : *read.report_api,
                                  out);
    case Output::prometheus:
      return write_audit_prometheus(survey, out);
    default:
      if (survey.comparison) return write_audit_comparison(survey, style, out);
      return write_audit_table(survey, style, out);
  }
}

// Writes the reports to the cluster. Returns the exit status.
int apply(const AuditOptions& options, const Read& read, const housekeeping::Interrupt& interrupt,
          std::ostream& out, std::ostream& err) {
  auto api =
      cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt, options.stored, err));
  const auto applied = api ? apply_policy_reports(**api, read.survey, read.report_api, &interrupt)
                           : Result<ReportsApplied>(api.error());
  if (!applied) {
    err << printable(explain(applied.error(), options.stored)) << '\n';
    return kExitCannot;
  }
  out << to_string(*applied) << '\n';
  return applied->interrupted ? exit_status(interrupt) : static_cast<int>(kExitDone);
}

// What is wrong with flags that do not go together; null: nothing.
const char* misfit(const AuditOptions& options) {
  const Output output = options.stored.output;
  if (options.stored.apply && output != Output::policyreport)
    return "--apply writes PolicyReports: add -o policyreport";
  const bool compares =
      output == Output::table || output == Output::wide || output == Output::json || output == Output::yaml;
  if (!options.compare.empty() && !compares) return "--compare supports only -o table, -o json and -o yaml";
  if (options.compare.empty() && options.fail_on == FailOn::denied)
    return "--fail-on denied needs --compare OLD";
  return nullptr;
}

bool found(const AuditOptions& options, const Survey& survey) {
  switch (options.fail_on) {
    case FailOn::violations:
      return survey.violations() > 0;
    case FailOn::denied:
      return survey.comparison && survey.comparison->newly_denied.count > 0;
    default:
      return false;
  }
}

}  // namespace

int run_audit(const AuditOptions& options, std::ostream& out, std::ostream& err) {
  if (const char* wrong = misfit(options)) {
    err << wrong << '\n';
    return kExitCannot;
  }
  const auto policies = load_policies_or_default(options.stored, "judged", err);
  if (!policies) return kExitCannot;
  const auto compared = options.compare.empty() ? nullptr : load_policies(options.compare, "judged", err);
  if (!compared && !options.compare.empty()) return kExitCannot;
  const housekeeping::Interrupt interrupt;
  auto done = read(options, policies, compared, interrupt, err);
  if (!done) {
    err << printable(explain(done.error(), options.stored)) << '\n';
    return interrupt.asked() ? exit_status(interrupt) : kExitCannot;
  }
  Survey& survey = done->survey;
  survey.taken = std::chrono::system_clock::now();
  int status = kExitDone;
  if (options.stored.apply) {
    status = apply(options, *done, interrupt, out, err);
  } else if (options.stored.output != Output::prometheus || !survey.interrupted) {
    write(options, *done, out, err);
  }
  if (interrupt.asked()) return exit_status(interrupt);
  if (status != kExitDone) return status;
  return found(options, survey) ? kExitFound : kExitDone;
}

Run add_audit(CLI::App& app) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App& command = *app.add_subcommand(
      "audit", "Check stored Secrets against the policies, and show the memory that selectors would save");
  add_stored_flags(command, options->stored);
  add_text(command, "--field-selector", options->field_selector, "SELECTOR",
           "Only Secrets that this field selector takes, such as type!=helm.sh/release.v1");
  add_chunk_size_flag(command, options->stored);
  add_policies_flags(command, options->stored, "; default: the default policies");
  add_text(command, "--compare", options->compare, "OLD",
           "Directory or file of old policies; show what the policies of -p would change");
  add_table_flags(command, options->stored,
                  {Output::table, Output::wide, Output::json, Output::yaml, Output::name, Output::html,
                   Output::policyreport, Output::prometheus});
  command.add_flag("--apply", options->stored.apply,
                   "Write the PolicyReports to the cluster instead of printing them");
  add_read_flag(
      command, options->stored,
      "auto (metadata where that is enough), metadata (reads no value) or whole (measures every Secret)");
  add_choice(
      command, "--fail-on", options->fail_on, "WHAT",
      "violations: exit 1 if a limit is broken; denied: exit 1 if --compare finds a new denial; none: never",
      {{"none", FailOn::none}, {"violations", FailOn::violations}, {"denied", FailOn::denied}});
  add_examples(command,
               {"# Check all Secrets against the default policies", "secret-hygiene audit -A",
                "# Write a page to share", "secret-hygiene audit -A -p policies/strict -o html > audit.html",
                "# Fail a pipeline where a limit is broken",
                "secret-hygiene audit -n team-a -p policies/strict --fail-on violations",
                "# Show what team-a uses of the limits across Secrets, with the rights of its members",
                "secret-hygiene audit -n team-a --policies-from secret-hygiene/secret-hygiene-policies",
                "# Show what new policies would change, before you apply them",
                "secret-hygiene audit -A -p new --compare policies/default --fail-on denied",
                "# Write metrics for node_exporter's textfile collector",
                "secret-hygiene audit -A -o prometheus > secrets.prom"});
  return [options] {
    meet_terminal(options->stored);
    return run_audit(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
