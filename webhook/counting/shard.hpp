// One part of the counts: the writes that wait for it, their reservations and, in strict mode, its ledger.
// What one part waits for, or loses, is of no concern to another. Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "counting/blocks.hpp"
#include "counting/cluster_view.hpp"
#include "counting/confirmations.hpp"
#include "counting/effects.hpp"
#include "counting/engine_options.hpp"
#include "counting/limit_check.hpp"
#include "counting/reservations.hpp"
#include "counting/shared_ledger.hpp"
#include "counting/view_at_ledger_read.hpp"

namespace hygiene::counting {

// Of claims that are to be made anew.
inline constexpr std::uint64_t kNoEpoch = 0;

// What all shards of an engine share, which the engine changes.
struct ShardContext {
  explicit ShardContext(HashKey key_of_hashes) : key(key_of_hashes), view(key_of_hashes) {}

  const HashKey key;
  ClusterView view;
  std::shared_ptr<const Selection> selection;
  WatchesByPolicy covering;        // by policy, the watches that show what it counts
  std::uint64_t epoch = kNoEpoch;  // of the policies
  // What EarlierLedger says. Until it is settled ledgers are left alone.
  bool may_use_ledgers = false;
  bool other_version = false;
  std::string seal;
};

class Shard {
 public:
  // Both references must outlive it. `options.ledger_name` is of this shard's ledger.
  Shard(ShardIndex index, EngineOptions options, ShardContext& around, Time now);

  const Reservations& reservations() const { return reservations_; }
  // What is stored and reserved in the scope. Precondition: it is one of those that this shard counts.
  Tally used(ScopeId scope) const { return reservations_.used(scope); }
  bool in_quarantine() const { return ledger_.in_quarantine() || quarantine_since_; }
  bool has_unknown_format() const { return ledger_.has_unknown_format(); }
  // Also where it needs none.
  bool has_ledger() const {
    return !options_.strict || ledger_.known() != nullptr || ledger_.has_unknown_format();
  }
  const SharedLedger& ledger() const { return ledger_; }

  // Changes what policies select the namespace by `change`: charges its reservations anew around it. What
  // waits there claims of other policies than it will, and is asked for anew.
  void change_namespace(std::string_view name, const std::function<void()>& change);
  // Before and after other policies come: the context is changed between.
  void forget_confirmations();
  void selected(Time now);

  // See Engine.
  void request(Ticket ticket, CountedWrite claims, Time now);
  void cancel(Ticket ticket);
  // The write with this reservation was denied after all: it gives its place back, with the next write of the
  // ledger. One that shares a line with other tries keeps its place until that line ends.
  void withdraw(const CountedWrite& claims, const ReservationKey& key, Time now);

  // The view is about to change for what has this name, or has changed.
  void keep(const Subject& subject) { at_ledger_read_.keep(subject); }
  void keep(const StoredSecret& secret) { at_ledger_read_.keep(secret); }
  void changed(const Subject& subject);
  void list_ended(ListId list, std::uint64_t revision) { confirmations_.list_ended(list, revision); }
  // What jumped over a moment tells of names that it does not show.
  void end_all_seen();
  // What was reserved, or written into the ledger, may be lost.
  void revisions_went_back(Time now);
  bool take_restoration() { return ledger_.take_restoration(); }
  // Call it after all that may bring a decision nearer.
  void proceed(Time now);

  void ledger_read(const LedgerRead& read, Time now);
  void ledger_swapped(Swapped swapped, std::string_view config_map, Time now);
  void marker_written(MarkerId marker, std::optional<std::uint64_t> revision, Time now);
  void name_read(const ReadName& read, const std::optional<NameState>& state, Time now);
  void waited(Time now);
  void tick(Time now);

  bool nothing_to_take() const { return effects_.empty() && decisions_.empty(); }
  std::vector<Effect> take_effects() { return std::exchange(effects_, {}); }
  std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }

 private:
  ReservationKey key_of(const CountedWrite& claims);
  bool is_current(std::uint32_t policy) const;
  bool admitted_in_block(Ticket ticket, const CountedWrite& claims, Time now);
  bool allowed_at_once(Ticket ticket, const CountedWrite& claims, Time now);
  void reserve(const CountedWrite& claims, const ReservationKey& key, Decision& decision, Time now);
  void wake_at(Time moment, Time now);
  void wake_when_due(Time now);
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
  void want_room(const PendingWrite& write, const std::vector<Claim>& exceeded);
  void start_confirmations(Time now);
  bool quarantine_can_end(Time now) const;

  std::optional<std::uint64_t> end_of_tries(const ReservationView& tries, std::uint64_t revision) const;
  void end_seen(const Reservations::Item& item);
  void read_names(Time now);
  void ask_for_names(Time now);

  const ShardIndex index_;
  const EngineOptions options_;
  ShardContext& around_;
  ClusterView& view_;
  ViewAtLedgerRead at_ledger_read_;  // while a read of the ledger that ends a confirmation is under way
  Reservations reservations_;
  std::vector<Effect> effects_;
  std::vector<Decision> decisions_;
  Blocks blocks_;  // in strict mode
  LimitCheck limits_;
  SharedLedger ledger_;  // in strict mode
  Confirmations confirmations_;

  std::vector<PendingWrite> waiting_;
  std::vector<PendingWrite> swapping_;  // admitted once the ledger is written
  std::optional<Time> wakes_;           // when a wait is over that is under way
  std::uint64_t arrivals_ = 0;
  std::uint64_t last_call_;  // of a write: see ReservationKey
  Time proceeded_{};
  std::optional<Time> quarantine_since_;  // in local mode
  bool lagging_ = false;                  // a write waits for a watch to come as far as the ledger's views
  bool needs_blocks_ = false;             // a write waits for the room that blocks of others hold
  std::size_t names_read_ = 0;            // reads that are under way, of reservations whose time is over
};

}  // namespace hygiene::counting
