#include "commands/prune/prune.hpp"

#include <csignal>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/cli/yaml_output.hpp"
#include "commands/prune/prune_report.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"

namespace hygiene::commands {
namespace {

Result<void> prune(const PruneOptions& options, const housekeeping::Interrupt& interrupt, std::ostream& err,
                   PruneOutcome& outcome) {
  const auto lister =
      cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt, options.stored, err));
  if (!lister) return lister.error();
  const auto api =
      cluster::BlockingApi::open(options.stored.access, api_options(interrupt, options.stored, err));
  if (!api) return api.error();
  housekeeping::PruneWish wish = options.prune;
  wish.namespace_name = namespace_to_walk(options.stored, (*lister)->client());
  wish.label_selector = options.stored.label_selector;
  wish.apply = options.stored.apply;
  wish.page = options.stored.chunk_size;
  wish.qps = options.stored.qps;
  wish.outage_retry = options.stored.outage_retry;
  Progress progress(err, options.stored.progress);
  return housekeeping::prune(**lister, **api, wish, interrupt, progress, outcome);
}

constexpr unsigned kKeepMax = 1'000'000;  // more revisions than a cluster holds

}  // namespace

int run_prune(const PruneOptions& options, std::ostream& out, std::ostream& err) {
  const housekeeping::Interrupt interrupt;
  PruneOutcome outcome;
  outcome.applied = options.stored.apply;
  const auto done = prune(options, interrupt, err, outcome);
  const Output output = options.stored.output;
  if (output == Output::json || output == Output::yaml) {
    write_document(output, out, [&outcome](std::ostream& json) { print_prune_json(outcome, json); });
  } else if (output == Output::name) {
    print_prune_names(outcome, out);
  } else if (done || outcome.revisions > 0) {
    print_prune_table(outcome, {output == Output::wide, !options.stored.no_headers, options.stored.colour},
                      out);
  }
  if (!done) err << printable(explain(done.error(), options.stored)) << '\n';
  if (outcome.interrupted) return exit_status(interrupt);
  if (!done) return kExitCannot;
  return outcome.count(housekeeping::RevisionResult::failed) > 0 ? kExitFound : kExitDone;
}

Run add_prune(CLI::App& app) {
  auto options = std::make_shared<PruneOptions>();
  CLI::App& command = *app.add_subcommand(
      "prune", "Delete old revisions of Helm releases; a dry run unless --apply; exit 1 if any failed");
  add_stored_flags(command, options->stored,
                   "Only releases with a revision that has these labels; all their revisions count");
  command.add_option("--release", options->prune.releases, "Only this release; repeat for several")
      ->type_name("NAME");
  command.add_option("--exclude-release", options->prune.excluded, "Not this release; repeat for several")
      ->type_name("NAME");
  // None kept would leave nothing to roll back to.
  command
      .add_option("--keep", options->prune.rules.keep,
                  "Newest superseded revisions to keep of each release, to roll back to")
      ->capture_default_str()
      ->check(CLI::Range(1U, kKeepMax))
      ->type_name("N");
  command
      .add_option("--keep-failed", options->prune.rules.keep_failed,
                  "Newest failed revisions to keep of each release")
      ->capture_default_str()
      ->check(CLI::Range(0U, kKeepMax))
      ->type_name("N");
  add_duration(command, "--min-age", options->prune.rules.min_age,
               "Skip a release with a younger revision: Helm may still be writing it");
  CLI::Option* apply = command.add_flag("--apply", options->stored.apply,
                                        "Delete the revisions; without it, only print the plan");
  add_text(command, "--backup", options->prune.backup, "DIR",
           "With --apply: first save the revisions to files for kubectl create -f")
      ->needs(apply);
  command.add_flag("--sizes", options->prune.sizes,
                   "Read each revision whose size is not in an annotation; without it, no value is read");
  add_qps_flag(command, options->stored, "Deletes, and reads of one revision,");
  add_chunk_size_flag(command, options->stored);
  add_table_flags(command, options->stored,
                  {Output::table, Output::wide, Output::json, Output::yaml, Output::name});
  add_examples(command, {"# Show which revisions of Helm releases would be deleted",
                         "secret-hygiene prune -A --keep 10", "# Delete them, and first save each to a file",
                         "secret-hygiene prune -A --keep 10 --backup revisions/ --apply"});
  return [options] {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error code, not a signal
    meet_terminal(options->stored);
    return run_prune(*options, std::cout, std::cerr);
  };
}

}  // namespace hygiene::commands
