#include "housekeeping/prune/prune.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/rfc3339.hpp"
#include "housekeeping/prune/backup.hpp"
#include "housekeeping/prune/revision_deleter.hpp"
#include "housekeeping/stored/rate_limit.hpp"
#include "housekeeping/stored/stored_walk.hpp"
#include "secret/helm.hpp"

namespace hygiene::housekeeping {
namespace {

class Gathering final : public PageSink {
 public:
  Gathering(StoredHistory& history, ProgressObserver& progress) : history_(history), progress_(progress) {}

  Result<void> page(std::vector<StoredSecret> secrets) override {
    for (const StoredSecret& stored : secrets) history_.add(stored.facts);
    progress_.advance(secrets.size());
    return {};
  }
  void remaining(std::uint64_t count) override { progress_.expect(count); }

 private:
  StoredHistory& history_;
  ProgressObserver& progress_;
};

class PruneRun {
 public:
  PruneRun(cluster::BlockingApi& api, const PruneWish& wish, const Interrupt& interrupt,
           ProgressObserver& progress, PruneOutcome& outcome)
      : wish_(wish),
        interrupt_(interrupt),
        progress_(progress),
        outcome_(outcome),
        rate_limit_(wish.qps),
        outage_retry_(&interrupt, wish.outage_retry),
        pruner_(api, outage_retry_) {}

  Result<void> run(cluster::BlockingApi& lister) {
    if (auto read = read_history(lister); !read || interrupt_.asked()) return read;
    std::optional<Backup> backup;
    if (wish_.apply && !wish_.backup.empty()) {
      auto opened = Backup::open(wish_.backup);
      if (!opened) return opened.error();
      backup.emplace(std::move(*opened));
    }
    // All of them, before the first is deleted.
    if (backup || wish_.sizes) {
      if (auto looked = look_at_all(backup); !looked || interrupt_.asked()) return looked;
    }
    return wish_.apply ? delete_all() : Result<void>();
  }

 private:
  Result<StoredHistory> walk(cluster::BlockingApi& lister, const std::string& label_selector) {
    StoredHistory history;
    progress_.begin("reading");
    Gathering gathering(history, progress_);
    WalkOptions walk;
    walk.namespace_name = wish_.namespace_name;
    walk.label_selector = label_selector;
    walk.field_selector = "type=" + std::string(secret::kTypeHelmRelease);
    walk.reading = Reading::metadata;
    walk.page = wish_.page;
    walk.interrupt = &interrupt_;
    const auto end = walk_stored(lister, walk, gathering);
    if (!end) return end.error();
    return history;
  }

  Result<void> read_history(cluster::BlockingApi& lister) {
    PruneRules rules = wish_.rules;
    // A selector that takes some revisions of a release would hide its newest: it chooses releases, all of
    // whose revisions are read then.
    if (!wish_.label_selector.empty()) {
      const auto chosen = walk(lister, wish_.label_selector);
      if (!chosen) return chosen.error();
      rules.only.emplace();
      for (const auto& [release, revisions] : chosen->releases) rules.only->insert(release);
    }
    auto history = walk(lister, "");
    if (!history) return history.error();
    if (interrupt_.asked()) return {};
    if (auto found = find_named(*history, rules); !found) return found;
    choose(*history, rules);
    const auto now = base::now_in_seconds();
    for (auto& plan : plan_prune(std::move(*history), rules, now)) {
      const std::size_t going = plan.going.size();
      outcome_.rows.push_back({std::move(plan), std::vector(going, RevisionResult::planned), {}});
    }
    return {};
  }

  // A name that no release has is a typing error: taken for "none", it would hide that nothing is pruned, or
  // delete what was to be excluded.
  Result<void> find_named(const StoredHistory& history, const PruneRules& rules) const {
    const std::string nowhere = wish_.namespace_name.empty()
                                    ? "no namespace has a release "
                                    : "namespace " + wish_.namespace_name + " has no release ";
    std::set<std::string_view> names;
    for (const auto& [release, revisions] : history.releases) names.insert(release.name);
    for (const auto& [flag, given] :
         {std::pair("--release ", &wish_.releases), {"--exclude-release ", &wish_.excluded}}) {
      for (const std::string& name : *given) {
        if (!names.contains(name)) return Error(Errc::invalid, flag + name + ": " + nowhere + "of this name");
      }
    }
    if (rules.only && rules.only->empty()) {
      return Error(Errc::invalid, "-l " + wish_.label_selector + ": " + nowhere + "with these labels");
    }
    return {};
  }

  // Narrows `rules` to the names that were given, and counts.
  void choose(StoredHistory& history, PruneRules& rules) {
    std::set<ReleaseName> chosen;
    for (const auto& [release, revisions] : history.releases) {
      const bool named =
          wish_.releases.empty() || std::ranges::find(wish_.releases, release.name) != wish_.releases.end();
      const bool excluded = std::ranges::find(wish_.excluded, release.name) != wish_.excluded.end();
      if (!named || excluded || (rules.only && !rules.only->contains(release))) continue;
      chosen.insert(release);
      ++outcome_.releases;
      outcome_.revisions += revisions.size();
    }
    rules.only = std::move(chosen);
    outcome_.foreign = std::move(history.foreign);
  }

  // Calls `each` for every revision that is still planned, until it fails or somebody interrupts.
  template <class Each>
  Result<void> for_each_planned(const char* doing, Each each) {
    progress_.begin(doing);
    progress_.expect(outcome_.count(RevisionResult::planned));
    for (PruneRow& row : outcome_.rows) {
      for (std::size_t i = 0; i < row.results.size(); ++i) {
        if (interrupt_.asked()) return {};
        if (row.results[i] != RevisionResult::planned) continue;
        if (auto done = each(row, i); !done) return done;
        progress_.advance(1);
      }
    }
    return {};
  }

  Result<void> look_at_all(std::optional<Backup>& backup) {
    return for_each_planned(backup ? "backing up" : "measuring", [&](PruneRow& row, std::size_t i) {
      if (!backup && row.plan.going[i].bytes) return Result<void>();
      if (!outage_retry_.sleep(rate_limit_.next(RateLimit::Clock::now()))) return Result<void>();
      return backup ? back_up(*backup, row, i) : measure(row, i);
    });
  }

  Result<void> measure(PruneRow& row, std::size_t i) {
    const auto measured = pruner_.measure(row.plan.release, row.plan.going[i]);
    return measured ? measured : note(measured.error(), row, i);
  }

  Result<void> back_up(Backup& backup, PruneRow& row, std::size_t i) {
    const auto fetched = pruner_.fetch(row.plan.release, row.plan.going[i]);
    if (!fetched) return note(fetched.error(), row, i);
    const auto written = backup.write(fetched->facts, fetched->text);
    if (written) return {};
    return Error(written.error().code(), written.error().message() + "; nothing was deleted");
  }

  Result<void> delete_all() {
    const PruneRow* looked_at = nullptr;
    return for_each_planned("deleting", [&](PruneRow& row, std::size_t i) -> Result<void> {
      if (std::exchange(looked_at, &row) != &row) {
        const auto quiet = pruner_.is_quiet(row.plan);
        if (!quiet) return ended_by(quiet.error());
        if (!*quiet) {
          leave(row, "it is being written");
          return {};
        }
      }
      if (!outage_retry_.sleep(rate_limit_.next(RateLimit::Clock::now()))) return {};
      const auto removed = pruner_.remove(row.plan.release, row.plan.going[i]);
      if (removed) {
        row.results[i] = RevisionResult::deleted;
        return {};
      }
      if (removed.error().code() == Errc::io) {
        row.results[i] = RevisionResult::failed;
        row.why = "it is unknown whether it was deleted: " + removed.error().message();
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
    return waited && interrupt_.asked() ? Result<void>() : Result<void>(error);
  }

  // What an error about one revision means for it and for its release.
  Result<void> note(const Error& error, PruneRow& row, std::size_t i) {
    switch (error.code()) {
      case Errc::missing:
        row.results[i] = RevisionResult::gone;
        return {};
      case Errc::conflict:
        leave(row, "it changed meanwhile");
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

  const PruneWish& wish_;
  const Interrupt& interrupt_;
  ProgressObserver& progress_;
  PruneOutcome& outcome_;
  RateLimit rate_limit_;
  OutageRetry outage_retry_;
  RevisionDeleter pruner_;
};

}  // namespace

Result<void> prune(cluster::BlockingApi& lister, cluster::BlockingApi& api, const PruneWish& wish,
                   const Interrupt& interrupt, ProgressObserver& progress, PruneOutcome& outcome) {
  outcome.applied = wish.apply;
  auto done = PruneRun(api, wish, interrupt, progress, outcome).run(lister);
  outcome.interrupted = interrupt.asked();
  return done;
}

}  // namespace hygiene::housekeeping
