#include "commands/prune/prune.hpp"

#include "commands/prune/prune_report.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"
namespace hygiene::commands {
namespace {

base::Result<void> prune(const PruneOptions& options, const housekeeping::Interrupt& interrupt,
                         std::ostream& err, PruneOutcome& outcome) {
  const auto lister = cluster::BlockingApi::open(options.stored.access, patient_api_options(interrupt));
  if (!lister) return lister.error();
  const auto api = cluster::BlockingApi::open(options.stored.access, api_options(interrupt));
  if (!api) return api.error();
  housekeeping::PruneWish wish = options.prune;
  wish.namespace_name = namespace_to_walk(options.stored, (*lister)->client());
  wish.label_selector = options.stored.label_selector;
  wish.apply = options.stored.apply;
  wish.qps = options.stored.qps;
  wish.outage_retry = options.stored.outage_retry;
  Progress progress(err, options.stored.progress);
  return housekeeping::prune(**lister, **api, wish, interrupt, progress, outcome);
}

}  // namespace

int run_prune(const PruneOptions& options, std::ostream& out, std::ostream& err) {
  const housekeeping::Interrupt interrupt;
  PruneOutcome outcome;
  outcome.applied = options.stored.apply;
  const auto done = prune(options, interrupt, err, outcome);
  if (options.stored.output == Output::json) {
    print_prune_json(outcome, out);
  } else if (done || outcome.revisions > 0) {
    print_prune_table(outcome, options.stored.colour, out);
  }
  if (!done) err << printable(explain(done.error(), options.stored)) << '\n';
  if (!flush_report(out, err)) return kStoredCannot;
  if (outcome.interrupted) return exit_status(interrupt);
  if (!done) return kStoredCannot;
  return outcome.count(housekeeping::RevisionResult::failed) > 0 ? kStoredFound : kStoredDone;
}

}  // namespace hygiene::commands
