#include "commands/audit/audit.hpp"

#include <chrono>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/audit/audit_html.hpp"
#include "commands/audit/audit_json.hpp"
#include "commands/audit/audit_policyreport.hpp"
#include "commands/audit/audit_policyreport_apply.hpp"
#include "commands/audit/audit_prometheus.hpp"
#include "commands/audit/audit_table.hpp"
#include "commands/cli/load_policies.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/survey/survey_cluster.hpp"

namespace hygiene::commands {
namespace {

using base::Result;
using housekeeping::Survey;

Result<Survey> read(const AuditOptions& options, std::shared_ptr<const policy::PolicySet> policies,
                    const housekeeping::Interrupt& interrupt, std::ostream& err) {
  auto api =
      cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt, options.stored, err));
  if (!api) return api.error();
  housekeeping::SurveyWish wish;
  wish.namespace_name = namespace_to_walk(options.stored, (*api)->client());
  wish.label_selector = options.stored.label_selector;
  wish.choice = options.stored.read;
  wish.policies = std::move(policies);
  wish.interrupt = &interrupt;
  wish.outage_retry = options.stored.outage_retry;
  Progress progress(err, options.stored.progress);
  return housekeeping::survey_cluster(**api, wish, progress);
}

void write(const AuditOptions& options, const Survey& survey, std::ostream& out) {
  switch (options.stored.output) {
    case Output::json:
      return write_audit_json(survey, out);
    case Output::html:
      return write_html(survey, out);
    case Output::policyreport:
      return write_policy_reports(survey, out);
    case Output::prometheus:
      return write_audit_prometheus(survey, out);
    default:
      return write_audit_table(survey, out, options.stored.colour);
  }
}

// Writes the reports to the cluster. Returns the exit status.
int apply(const AuditOptions& options, const Survey& survey, const housekeeping::Interrupt& interrupt,
          std::ostream& out, std::ostream& err) {
  auto api =
      cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt, options.stored, err));
  const auto applied =
      api ? apply_policy_reports(**api, survey, &interrupt) : Result<ReportsApplied>(api.error());
  if (!applied) {
    err << printable(explain(applied.error(), options.stored)) << '\n';
    return kStoredCannot;
  }
  out << to_string(*applied) << '\n';
  return applied->interrupted ? exit_status(interrupt) : static_cast<int>(kStoredDone);
}

}  // namespace

int run_audit(const AuditOptions& options, std::ostream& out, std::ostream& err) {
  if (options.stored.apply && options.stored.output != Output::policyreport) {
    err << "--apply writes PolicyReports: give -o policyreport with it\n";
    return kStoredCannot;
  }
  const auto policies = load_policies_or_default(options.stored.policies, "judged", err);
  if (!policies) return kStoredCannot;
  const housekeeping::Interrupt interrupt;
  auto survey = read(options, policies, interrupt, err);
  if (!survey) {
    err << printable(explain(survey.error(), options.stored)) << '\n';
    return interrupt.asked() ? exit_status(interrupt) : kStoredCannot;
  }
  survey->taken = std::chrono::system_clock::now();
  int status = kStoredDone;
  if (options.stored.apply) {
    status = apply(options, *survey, interrupt, out, err);
  } else if (options.stored.output != Output::prometheus || !survey->interrupted) {
    write(options, *survey, out);
  }
  if (!flush_report(out, err)) return kStoredCannot;
  if (survey->interrupted) return exit_status(interrupt);
  if (status != kStoredDone) return status;
  return options.fail_on == FailOn::violations && survey->violations() > 0 ? kStoredFound : kStoredDone;
}

Run add_audit(CLI::App& app) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App& command = *app.add_subcommand(
      "audit", "Hold every stored Secret against the policies, and show what a selector would save");
  add_stored_flags(command, options->stored);
  add_policies_flag(command, options->stored, "; else the default ones");
  add_output_flag(command, options->stored.output,
                  {Output::table, Output::json, Output::html, Output::policyreport, Output::prometheus});
  command.add_flag("--apply", options->stored.apply,
                   "Write the PolicyReports to the cluster instead of printing them");
  add_read_flag(command, options->stored,
                "auto (metadata where that suffices), metadata (never a value) or whole (measured)");
  add_choice(command, "--fail-on", options->fail_on, "WHAT",
             "violations: exit 1 if a limit is broken; or none",
             {{"none", FailOn::none}, {"violations", FailOn::violations}});
  add_examples(command,
               {"# What the cluster holds, judged by the default policies", "secret-hygiene audit -A",
                "# A page for people", "secret-hygiene audit -A -p policies/strict -o html > audit.html",
                "# Fail a pipeline where a limit is broken",
                "secret-hygiene audit -n team-a -p policies/strict --fail-on violations",
                "# Metrics for node_exporter's textfile collector",
                "secret-hygiene audit -A -o prometheus > secrets.prom"});
  return [options] {
    meet_terminal(options->stored);
    return run_audit(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
