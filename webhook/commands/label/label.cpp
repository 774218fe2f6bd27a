#include "commands/label/label.hpp"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands/cli/load_policies.hpp"
#include "commands/cli/yaml_output.hpp"
#include "commands/label/label_report.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/label/label_walk.hpp"
#include "housekeeping/label/label_writer.hpp"
#include "housekeeping/stored/namespaces.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::LabelStep;
using housekeeping::LabelTask;
using housekeeping::ReadChoice;
using housekeeping::Reading;

// One run over one cluster: reads and plans all, then changes.
class LabelRun {
 public:
  LabelRun(const LabelOptions& options, const policy::PolicySet& policies, LabelReport& report,
           std::ostream& err)
      : options_(options),
        planner_(policies, options.remove_all ? LabelTask::remove_all : LabelTask::follow_policies),
        reading_(choose_reading()),
        report_(report),
        err_(err) {
    summary_.applied = options.stored.apply;
    if (!options.remove_all) keys_in_force_ = policy::keys_in_force(policies);
  }

  int run() {
    auto done = plan();
    say_what_no_policy_sets();
    if (done && options_.stored.apply && !interrupt_.asked()) done = apply();
    summary_.interrupted = interrupt_.asked();
    // Of a cluster that cannot be read there is nothing to tell.
    const bool for_people = options_.stored.output == Output::table || options_.stored.output == Output::wide;
    if (done || summary_.secrets > 0 || !for_people) report_.finish(summary_);
    if (!done) err_ << printable(explain(done.error(), options_.stored)) << '\n';
    if (summary_.interrupted) return exit_status(interrupt_);
    if (!done) return kExitCannot;
    return summary_.failed > 0 ? kExitFound : kExitDone;
  }

 private:
  Reading choose_reading() const {
    const bool metadata = options_.stored.read == ReadChoice::metadata ||
                          (options_.stored.read == ReadChoice::automatic && !planner_.needs_sizes());
    return metadata ? Reading::metadata : Reading::whole;
  }

  Result<void> plan() {
    auto api = cluster::BlockingApi::open(options_.stored.access,
                                          patient_api_options(interrupt_, options_.stored, err_));
    if (!api) return api.error();
    Progress progress(err_, options_.stored.progress);
    housekeeping::WalkOptions walk;
    walk.namespace_name = namespace_to_walk(options_.stored, (*api)->client());
    walk.label_selector = options_.stored.label_selector;
    walk.reading = reading_;
    walk.page = options_.stored.chunk_size;
    walk.interrupt = &interrupt_;
    auto namespaces =
        housekeeping::read_namespaces(**api, planner_.namespace_keys(), walk.namespace_name, walk.interrupt);
    if (!namespaces) return namespaces.error();
    planner_.set_namespaces(std::move(*namespaces));
    return housekeeping::walk_label_plans(**api, walk, planner_, outage_retry_, progress,
                                          [this](LabelStep step) { take(std::move(step)); });
  }

  void take(LabelStep step) {
    ++summary_.secrets;
    if (step.plan.empty()) return take_unchanging(step);
    ++summary_.planned;
    note_what_no_policy_sets(step.plan);
    if (options_.stored.apply) {
      steps_.push_back(std::move(step));
    } else {
      report_.add(step, LabelOutcome::planned, {});
    }
  }

  void take_unchanging(const LabelStep& step) {
    if (step.plan.no_room) {
      ++summary_.no_room;
      return report_.add(step, LabelOutcome::no_room, {});
    }
    ++summary_.right;
    if (step.plan.changes.empty()) return;
    ++summary_.audited;
    if (!options_.stored.apply) report_.add(step, LabelOutcome::audited, {});
  }

  void note_what_no_policy_sets(const policy::LabelPlan& plan) {
    if (options_.remove_all) return;
    for (const policy::LabelChange& change : plan.changes) {
      const bool set = std::binary_search(keys_in_force_.begin(), keys_in_force_.end(), change.key);
      if (change.action == policy::LabelAction::remove && !set) ++losing_[change.key];
    }
  }

  // Most likely the policies are not all that serve uses: what serve puts on is about to go.
  void say_what_no_policy_sets() const {
    for (const auto& [key, secrets] : losing_) {
      err_ << "warning: no policy of " << printable(options_.stored.policies + options_.stored.policies_from)
           << " sets the label " << printable(key) << ", and " << secrets
           << (secrets == 1 ? " Secret loses it" : " Secrets lose it")
           << ": give all policies that serve uses\n";
    }
  }

  Result<void> apply() {
    // Another connection, whose requests do not wait for minutes by themselves: OutageRetry does.
    auto api =
        cluster::BlockingApi::open(options_.stored.access, api_options(interrupt_, options_.stored, err_));
    if (!api) return api.error();
    housekeeping::RateLimit rate_limit(options_.stored.qps);
    housekeeping::LabelWriter writer(**api, planner_, reading_, rate_limit, outage_retry_);
    Progress progress(err_, options_.stored.progress);
    progress.begin("labelling");
    progress.expect(steps_.size());
    for (const LabelStep& step : steps_) {
      const housekeeping::LabelResult result = writer.write(step);
      if (result.outcome == LabelOutcome::interrupted) break;
      summary_.count(result.outcome);
      report_.add(step, result.outcome, result.why);
      progress.advance(1);
      if (result.away) return Error(Errc::io, result.why);
    }
    return {};
  }

  const LabelOptions& options_;
  housekeeping::LabelPlanner planner_;
  Reading reading_;
  LabelReport& report_;
  std::ostream& err_;
  housekeeping::Interrupt interrupt_;
  housekeeping::OutageRetry outage_retry_{&interrupt_, options_.stored.outage_retry};
  std::vector<LabelStep> steps_;  // about half a KiB each
  LabelSummary summary_;
  std::vector<std::string_view> keys_in_force_;  // sorted
  std::map<std::string, std::uint64_t> losing_;  // Secrets, by a key that is removed and that no policy sets
};

}  // namespace

int run_label(const LabelOptions& options, std::ostream& out, std::ostream& err) {
  if (!options.stored.names_policies() && !options.remove_all) {
    err << "give the policies with --policies PATH or --policies-from NAMESPACE/NAME, or remove all labels "
           "of secret-hygiene with --remove-all\n";
    return kExitCannot;
  }
  auto policies = std::make_shared<const policy::PolicySet>();
  if (options.stored.names_policies()) policies = load_policies_or_default(options.stored, "labelled", err);
  if (!policies) return kExitCannot;
  int status = kExitDone;
  write_document(options.stored.output, out, [&](std::ostream& to) {
    const auto report = make_label_report(options.stored, to);
    status = LabelRun(options, *policies, *report, err).run();
  });
  return status;
}

Run add_label(CLI::App& app) {
  auto options = std::make_shared<LabelOptions>();
  CLI::App& command = *app.add_subcommand(
      "label", "Label stored Secrets as serve would; a dry run unless --apply; exit 1 if any failed");
  add_stored_flags(command, options->stored);
  add_policies_flags(
      command, options->stored,
      ": give all that serve uses; labels under secret-hygiene.io/ that they do not set are removed");
  command.add_flag("--apply", options->stored.apply, "Change the Secrets; without it, only print the plan");
  command.add_flag("--remove-all", options->remove_all,
                   "Remove every label and annotation of secret-hygiene, before an uninstall");
  add_qps_flag(command, options->stored, "Writes");
  add_read_flag(
      command, options->stored,
      "auto (metadata where that is enough), metadata (reads no value) or whole (measures every Secret)");
  add_chunk_size_flag(command, options->stored);
  add_table_flags(command, options->stored,
                  {Output::table, Output::wide, Output::json, Output::yaml, Output::name});
  add_examples(command,
               {"# Show what would be labelled", "secret-hygiene label -A -p policies/default",
                "# Label them, 20 Secrets per second", "secret-hygiene label -A -p policies/default --apply",
                "# Before an uninstall, remove all labels of secret-hygiene",
                "secret-hygiene label -A --remove-all --apply"});
  return [options] {
    meet_terminal(options->stored);
    return run_label(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
