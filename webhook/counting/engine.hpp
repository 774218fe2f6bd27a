// Decides whether writes fit under the limits across Secrets: a state machine without I/O, clock or threads.
// Calls are its inputs; after each, the caller takes out effects and decisions. docs/counting.md describes
// the algorithm and what it assumes. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "counting/cluster_view.hpp"
#include "counting/confirmations.hpp"
#include "counting/effects.hpp"
#include "counting/engine_options.hpp"
#include "counting/limit_check.hpp"
#include "counting/reservations.hpp"
#include "counting/shared_ledger.hpp"
#include "counting/view_at_ledger_read.hpp"

namespace hygiene::counting {

class Engine {
 public:
  Engine(EngineOptions options, HashKey key, Time now);

  // Changes the policies, which are counted from what is known. Returns the indexes of the watches that must
  // begin with a list.
  std::vector<WatchIndex> select(std::shared_ptr<const Selection> selection, Time now);
  const ClusterView& view() const { return view_; }
  const Selection& selection() const { return *selection_; }
  // What is stored and reserved in the scope.
  Tally used(ScopeId scope) const { return limits_.used(scope); }
  const Reservations& reservations() const { return reservations_; }
  // True while reservations may have been lost, so that no sum is known.
  bool in_quarantine() const;
  // False in strict mode until the ledger was read, and while it is lost.
  bool has_ledger() const {
    return !options_.strict || ledger_.known() != nullptr || ledger_has_unknown_format();
  }
  // True: another version wrote the ledger, in a format that this one does not know.
  bool ledger_has_unknown_format() const { return ledger_.has_unknown_format(); }

  // Asks for a decision about a write, which comes at once or later; about one that is never denied, at once.
  // Call cancel() once nobody waits; a reservation that was written for it holds its place until it is
  // settled.
  Ticket request(const CountedWrite& claims, Time now);
  void cancel(Ticket ticket);

  // A watch begins with a list: begin_list gives the number for list_shows and list_ends, and the watch goes
  // on from the list's resourceVersion. Call begin_list again after list_failed or `expired`.
  ListId begin_list(WatchIndex watch);
  void list_shows(ListId list, const Subject& subject, const Stored& stored);
  // False: the watch cannot go on from this list. Begin another, unless one has begun already.
  bool list_ends(ListId list, std::uint64_t revision, Time now);
  void list_failed(ListId list, Time now);
  // Events of a watch. False: its revisions went back, as after a restore of etcd. Nothing is known then:
  // begin another list.
  bool shows(WatchIndex watch, const Subject& subject, const Stored& stored, Time now);
  bool removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision, Time now);
  bool bookmark(WatchIndex watch, std::uint64_t revision, Time now);
  // A read of the Secret measured its size.
  void measured(const Subject& subject, const Stored& stored, Time now);

  // Answers to effects.
  void ledger_read(const LedgerRead& read, Time now);
  void ledger_swapped(Swapped swapped, std::string_view config_map, Time now);
  // No revision: the marker could not be written.
  void marker_written(MarkerId marker, std::optional<std::uint64_t> revision, Time now);
  // `uid` 0: no such Secret. No state at all: the read failed.
  struct NameState {
    std::uint64_t uid = 0;
    std::uint64_t revision = 0;
  };
  void name_read(const ReadName& read, std::optional<NameState> state, Time now);
  void waited(Time now);

  // Call it about once a second.
  void tick(Time now);
  bool nothing_to_take() const { return effects_.empty() && decisions_.empty(); }
  std::vector<Effect> take_effects() { return std::exchange(effects_, {}); }
  std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }

 private:
  ReservationKey key_of(const CountedWrite& claims);
  bool allowed_at_once(const CountedWrite& claims, Time now);
  void reserve(const CountedWrite& claims, const ReservationKey& key, Decision& decision, Time now);
  void wake_at(Time moment, Time now);
  void wake_when_due(Time now);
  bool takes_event(WatchIndex watch, std::uint64_t revision, Time now);
  void revisions_went_back(Time now);
  void decide(Time now);
  Unknown unknown(const CountedWrite& claims) const;
  bool decided_without_count(const PendingWrite& write);
  bool lags(const PendingWrite& write) const;
  void admit(PendingWrite write, Time now);
  void answer(const PendingWrite& write, Answer answer, Unknown why, LimitUsages usages);
  void give_back_swapping();

  void ask_for_ledger(Time now);
  void advance_confirmations(Time now);
  void finish_reached(Time now);
  void start_confirmations(Time now);
  bool quarantine_can_end(Time now) const;

  void changed(const Subject& subject);
  std::optional<std::uint64_t> end_of_tries(const ReservationView& tries, std::uint64_t revision) const;
  void end_seen(const Reservations::Item& item);
  void end_all_seen();
  void read_names(Time now);
  void ask_for_names(Time now);
  void proceed(Time now);

  EngineOptions options_;
  ClusterView view_;
  ViewAtLedgerRead at_ledger_read_;  // while a read of the ledger that ends a confirmation is under way
  Reservations reservations_;
  std::shared_ptr<const Selection> selection_;
  WatchesByPolicy covering_;  // by policy, the watches that show what it counts
  std::vector<Effect> effects_;
  std::vector<Decision> decisions_;
  LimitCheck limits_;
  SharedLedger ledger_;  // in strict mode
  Confirmations confirmations_;

  std::vector<PendingWrite> waiting_;
  std::vector<PendingWrite> swapping_;  // admitted once the ledger is written
  std::optional<Time> wakes_;           // when a wait is over that is under way
  std::uint64_t arrivals_ = 0;
  std::uint64_t epoch_ = 0;  // of the policies
  std::uint64_t last_call_;  // of a write: see ReservationKey
  Time proceeded_{};
  std::optional<Time> quarantine_since_;  // in local mode
  bool lagging_ = false;                  // a write waits for a watch to come as far as the ledger's views
  std::size_t names_read_ = 0;            // reads that are under way, of reservations whose time is over
};

}  // namespace hygiene::counting
