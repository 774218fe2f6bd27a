#include "commands/prune/prune.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "commands/prune/prune_report.hpp"
#include "commands/terminal/progress.hpp"
#include "commands/terminal/text_table.hpp"
#include "housekeeping/prune/backup.hpp"
#include "housekeeping/prune/pruner.hpp"
#include "housekeeping/stored/rate_limit.hpp"
#include "housekeeping/stored/stored_walk.hpp"

namespace hygiene::commands {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using housekeeping::Backup;
using housekeeping::Pruner;
using housekeeping::ReleaseName;
using housekeeping::Revision;
using housekeeping::StoredHistory;
using housekeeping::StoredSecret;

class Gathering final : public housekeeping::PageSink {
 public:
  Gathering(StoredHistory& history, Progress& progress) : history_(history), progress_(progress) {}

  Result<void> page(std::vector<StoredSecret> secrets) override {
    for (const StoredSecret& stored : secrets) history_.add(stored.facts);
    progress_.advance(secrets.size());
    return {};
  }
  void remaining(std::uint64_t count) override { progress_.expect(count); }

 private:
  StoredHistory& history_;
  Progress& progress_;
};

// One run over one cluster: reads, measures or backs up all that goes, then deletes.
class PruneRun {
 public:
  PruneRun(const PruneOptions& options, std::ostream& err) : options_(options), err_(err) {
    outcome.applied = options.apply;
  }

  Result<void> run() {
    if (auto read = read_history(); !read || interrupt.asked()) return read;
    auto api = cluster::BlockingApi::open(options_.stored.access, api_options(interrupt));
    if (!api) return api.error();
    Pruner pruner(**api, patience_);
    std::optional<Backup> backup;
    if (options_.apply && !options_.backup.empty()) {
      auto opened = Backup::open(options_.backup);
      if (!opened) return opened.error();
      backup.emplace(std::move(*opened));
    }
    // All of them, before the first is deleted.
    if (backup || !options_.apply) {
      if (auto looked = look_at_all(pruner, backup); !looked || interrupt.asked()) return looked;
    }
    return options_.apply ? delete_all(pruner) : Result<void>();
  }

  housekeeping::Interrupt interrupt;
  PruneOutcome outcome;

 private:
  Result<StoredHistory> walk(cluster::BlockingApi& api, const std::string& label_selector) {
    StoredHistory history;
    Progress progress(err_, options_.progress, "reading");
    Gathering gathering(history, progress);
    housekeeping::WalkOptions walk;
    walk.namespace_name = namespace_to_walk(options_.stored, api.client());
    walk.label_selector = label_selector;
    walk.field_selector = "type=" + std::string(secret::kTypeHelmRelease);
    walk.reading = housekeeping::Reading::metadata;
    walk.interrupt = &interrupt;
    const auto end = housekeeping::walk_stored(api, walk, gathering);
    if (!end) return end.error();
    return history;
  }

  Result<void> read_history() {
    auto api = cluster::BlockingApi::open(options_.stored.access, patient_api_options(interrupt));
    if (!api) return api.error();
    housekeeping::PruneRules rules;
    rules.keep = options_.keep;
    rules.keep_failed = options_.keep_failed;
    rules.min_age = std::chrono::ceil<std::chrono::seconds>(options_.min_age);
    // A selector that takes some revisions of a release would hide its newest: it chooses releases, all of
    // whose revisions are read then.
    if (!options_.stored.label_selector.empty()) {
      const auto chosen = walk(**api, options_.stored.label_selector);
      if (!chosen) return chosen.error();
      rules.only.emplace();
      for (const auto& [release, revisions] : chosen->releases) rules.only->insert(release);
    }
    auto history = walk(**api, "");
    if (!history || interrupt.asked()) return history ? Result<void>() : Result<void>(history.error());
    choose(*history, rules);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (auto& plan : housekeeping::plan_prune(std::move(*history), rules, now)) {
      const std::size_t going = plan.going.size();
      outcome.rows.push_back({std::move(plan), std::vector(going, RevisionResult::planned), {}});
    }
    return {};
  }

  // Narrows `rules` to the names that were given, and counts.
  void choose(StoredHistory& history, housekeeping::PruneRules& rules) {
    std::set<ReleaseName> chosen;
    for (const auto& [release, revisions] : history.releases) {
      const bool named = options_.releases.empty() ||
                         std::ranges::find(options_.releases, release.name) != options_.releases.end();
      if (!named || (rules.only && !rules.only->contains(release))) continue;
      chosen.insert(release);
      ++outcome.releases;
      outcome.revisions += revisions.size();
    }
    rules.only = std::move(chosen);
    outcome.foreign = std::move(history.foreign);
  }

  // Calls `each` for every revision that is still planned, until it fails or somebody interrupts.
  template <class Each>
  Result<void> for_each_planned(const char* doing, Each each) {
    Progress progress(err_, options_.progress, doing);
    progress.expect(outcome.count(RevisionResult::planned));
    for (PruneRow& row : outcome.rows) {
      for (std::size_t i = 0; i < row.results.size(); ++i) {
        if (interrupt.asked()) return {};
        if (row.results[i] != RevisionResult::planned) continue;
        if (auto done = each(row, i); !done) return done;
        progress.advance(1);
      }
    }
    return {};
  }

  Result<void> look_at_all(Pruner& pruner, std::optional<Backup>& backup) {
    return for_each_planned(backup ? "backing up" : "measuring", [&](PruneRow& row, std::size_t i) {
      return backup ? back_up(pruner, *backup, row, i) : measure(pruner, row, i);
    });
  }

  Result<void> measure(Pruner& pruner, PruneRow& row, std::size_t i) {
    const auto measured = pruner.measure(row.plan.release, row.plan.going[i]);
    return measured ? measured : note(measured.error(), row, i);
  }

  Result<void> back_up(Pruner& pruner, Backup& backup, PruneRow& row, std::size_t i) {
    const auto fetched = pruner.fetch(row.plan.release, row.plan.going[i]);
    if (!fetched) return note(fetched.error(), row, i);
    const auto written = backup.write(fetched->facts, fetched->text);
    if (written) return {};
    return Error(written.error().code(), written.error().message() + "; nothing was deleted");
  }

  Result<void> delete_all(Pruner& pruner) {
    const PruneRow* looked_at = nullptr;
    return for_each_planned("deleting", [&](PruneRow& row, std::size_t i) -> Result<void> {
      if (std::exchange(looked_at, &row) != &row) {
        const auto quiet = pruner.is_quiet(row.plan);
        if (!quiet) return ended_by(quiet.error());
        if (!*quiet) {
          leave(row, "it is being written");
          return {};
        }
      }
      const auto measured = pruner.measure(row.plan.release, row.plan.going[i]);
      if (!measured) return note(measured.error(), row, i);
      if (!patience_.sleep(pace_.next(housekeeping::RateLimit::Clock::now()))) return {};
      const auto removed = pruner.remove(row.plan.release, row.plan.going[i]);
      if (removed) {
        row.results[i] = RevisionResult::deleted;
        return {};
      }
      if (removed.error().code() == Errc::io) {
        row.results[i] = RevisionResult::failed;
        row.why = "nobody can say whether it was deleted: " + removed.error().message();
      }
      return note(removed.error(), row, i);
    });
  }

  static void leave(PruneRow& row, const std::string& why) {
    std::ranges::replace(row.results, RevisionResult::planned, RevisionResult::left);
    row.why = "left alone: " + why;
  }

  // An API server that is away ends the run; to be interrupted is no error.
  Result<void> ended_by(const Error& error) const {
    const bool waited = error.code() == Errc::io || error.code() == Errc::interrupted;
    return waited && interrupt.asked() ? Result<void>() : Result<void>(error);
  }

  // What an error about one revision means for it and for its release.
  Result<void> note(const Error& error, PruneRow& row, std::size_t i) {
    switch (error.code()) {
      case Errc::missing:
        row.results[i] = RevisionResult::gone;
        return {};
      case Errc::conflict:
        leave(row, "it was written meanwhile");
        return {};
      case Errc::io:
      case Errc::interrupted:
        return ended_by(error);
      default:
        row.results[i] = RevisionResult::failed;
        row.why = error.message();
        return {};
    }
  }

  const PruneOptions& options_;
  std::ostream& err_;
  housekeeping::RateLimit pace_{options_.qps};
  housekeeping::OutageRetry patience_{&interrupt, options_.patience};
};

}  // namespace

int run_prune(const PruneOptions& options, std::ostream& out, std::ostream& err) {
  PruneRun run(options, err);
  const auto done = run.run();
  PruneOutcome& outcome = run.outcome;
  outcome.interrupted = run.interrupt.asked();
  if (options.output == "json") {
    print_prune_json(outcome, out);
  } else if (done || outcome.revisions > 0) {
    print_prune_table(outcome, options.colour, out);
  }
  if (!done) err << printable(explain(done.error(), options.stored)) << '\n';
  if (!out.flush()) {
    err << "the report could not be written\n";
    return kStoredCannot;
  }
  if (outcome.interrupted) return exit_status(run.interrupt);
  if (!done) return kStoredCannot;
  return outcome.count(RevisionResult::failed) > 0 ? kStoredFound : kStoredDone;
}

}  // namespace hygiene::commands
