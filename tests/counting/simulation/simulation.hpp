// A deterministic simulation of replicas that run the shipped engine against a model of an API server: late
// landings, watches that lag and begin anew, lists that break off, lost answers, crashes, a lost ledger, an
// etcd that is restored, names that come back, sizes that nobody wrote down, clocks that stand still, other
// policies. One seed is one schedule. What must hold:
//   OVER    never more stored than the limit
//   INV     stored, and admitted and still able to be stored: never more than the limit
//   FALSE   nothing is denied that fitted at every moment between its arrival and its answer
//   LEAK    no entry outlives its time: none is left a while after all that it may be for is over
//   STUCK   once all is quiet, what fits is allowed
//   SUM     the sums of an inventory are those of the Secrets that it holds
//   VAGUE   once all is quiet, what does not fit is denied
// What is counted but never denied may take a scope over its limit by as much as it adds, and no further. Its
// entry is written after its answer: until then another replica that has not seen it stored may admit a write
// into its place, and no more.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <vector>

#include "counting/engine.hpp"
#include "model_server.hpp"
#include "scenario.hpp"

namespace hygiene::counting::test {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Simulation {
 public:
  // `trace`: gets a line for all that happens; null: none is written.
  explicit Simulation(std::uint64_t seed, std::ostream* trace = nullptr);
  // Throws Violation.
  void run();

 private:
  struct Request {
    enum class State { waits, admitted, in_flight, done } state = State::waits;
    bool update = false, dry_run = false, exempt = false, annotated = true;
    Slot slot = 0;
    Type type = 0;
    std::uint64_t uid = 0, before = 0;
    std::uint32_t bytes = 0, stored_bytes = 0;
    bool grows = false;  // it asks
    bool never_denied = false;
    bool uncounted = false;  // it was let through while nothing was known
    Time called{};
    std::size_t replica = 0;
    // Of one that is never denied: the shards whose ledger its replica has not written since it was asked.
    std::set<ShardIndex> owed;
    std::uint64_t run = 0;        // of its replica
    std::uint64_t turn = 0;       // when it was asked
    std::uint64_t stored_at = 0;  // the revision; 0: it is not stored
    Ticket ticket = 0;
    bool was_full = false;
    std::optional<counting::Answer> answer;
  };
  struct Answer {  // on its way to a replica
    Effect effect;
    std::uint64_t turn = 0;  // when it was asked for
    bool served = false;
    bool unclear = false;
    bool cut = false;  // the API server went down before it came back
    LedgerRead ledger;
    std::optional<std::string> swapped;
    std::uint64_t revision = 0;
    NameState name;
    Snapshot snapshot;
    std::size_t shown = 0;
  };
  struct Measure {  // a read of a Secret whose size is not known
    Slot slot = 0;
    Type type = 0;  // as it was known when it was looked for
    bool served = false;
    Object found;
  };
  struct WatchState {
    std::size_t position = 0;
    ListId list = 0;  // being read
    std::optional<Snapshot> snapshot;
    std::size_t shown = 0;
    bool broken = false;  // it must begin anew
  };
  struct Replica {
    std::unique_ptr<Engine> engine;
    Time offset{};
    std::vector<WatchState> watches;
    std::array<WatchIndex, kTypesMax> watch_of{};
    std::vector<Answer> answers;
    std::vector<Measure> measures;
    std::vector<std::pair<Time, ShardIndex>> waits;  // when each is over, by the replica's clock
    std::uint64_t run = 0;
    bool stale = false;  // it has lived through a restoration, and is yet to be restarted
  };
  // By shard, with what the entries of its ledger hold.
  using ChargesByShard = std::vector<Charges>;
  // An entry as far as it charges.
  struct Held {
    ShardIndex shard = 0;
    std::uint64_t uid = 0, before = 0;
    Slot slot = 0;
    Type type = 0;
    std::uint32_t bytes = 0;
  };

  std::size_t below(std::size_t bound) { return random_.below(bound); }
  bool chance(unsigned percent) { return random_.chance(percent); }
  bool fails(unsigned percent) { return !quiet_ && chance(percent); }
  Time local(const Replica& replica) const { return now_ + replica.offset; }
  unsigned settle_seconds() const { return static_cast<unsigned>(settle_ / Time(1000)); }
  template <class... Words>
  void say(const Words&... words) {
    if (trace_ != nullptr) ((*trace_ << words), ...) << '\n';
  }

  void start(std::size_t index);
  void select(std::size_t index);
  void take(std::size_t index);
  void decided(std::size_t index, const Decision& decision);

  void step(std::size_t action);
  void lose_a_ledger();
  void new_request();
  void call(Request& request);
  void land(Request& request);
  void store(const Request& request);
  void bookmark(Replica& replica, WatchIndex watch);
  void serve(std::size_t index, Answer& answer);
  void deliver_answer(std::size_t index);
  void deliver(Replica& replica, const Answer& answer);
  bool show_page(Replica& replica, Answer& answer, const ListScope& list);
  void measure(std::size_t index);
  bool end_waits(Replica& replica);
  bool deliver_events(std::size_t index, WatchIndex watch, std::size_t count);
  void begin_list(std::size_t index, WatchIndex watch);
  bool read_list(std::size_t index, WatchIndex watch, std::size_t count);
  void break_off(std::size_t index, WatchIndex watch);
  void crash(std::size_t index);
  void back_up_or_restore();
  void expire();
  std::string_view type_shown(const Replica& replica, WatchIndex watch, const Shown& shown) const;
  Subject subject(const Replica& replica, WatchIndex watch, const Shown& shown) const;
  static Stored stored_of(const Object& object);

  Charges stored_charges() const;
  Charges charges() const;
  ChargesByShard charges_with_entries();
  ShardIndex shard_of(const Scenario::Limit& limit, const std::vector<Slot>& scope) const;
  Held held_by(ShardIndex shard, const ReservationView& reservation) const;
  void add_held_in_blocks(const Engine& engine, std::vector<Held>& all) const;
  void read_held();
  bool full_for(const Request& request, ChargesByShard charges) const;
  void excuse(const Request& request);
  bool may_be_unknown_to(std::size_t index, ShardIndex shard, const Request& spared) const;
  void excuse_owed(std::size_t index, ShardIndex shard);
  void ledger_written_by(std::size_t index, ShardIndex shard, std::uint64_t turn);
  std::uint64_t added_by(const Request& request, const Scenario::Limit& limit,
                         const std::vector<Slot>& scope) const;
  void update_excess(const ChargesByShard& held, bool one_waits);
  void end_excuse();
  bool over(const Charges& charges) const;
  void check();
  void check_sums() const;
  void run_all();
  void tell_all_known();
  void settle(unsigned seconds);
  bool settle_once(std::size_t index);
  void check_quiet();
  void check_last();
  std::optional<counting::Answer> ask_last(Slot slot, bool& full);

  Random random_;
  std::ostream* trace_ = nullptr;
  Scenario scenario_;
  std::size_t namespace_ledgers_ = 0;
  std::uint64_t block_secrets_max_ = 0, block_room_part_ = 1;
  Time block_lasts_{};
  Time settle_ = kSettle;  // of replicas: a block may be used for the last time before the API server's time
  bool strict_ = true, lossy_ = false, restores_ = false;
  unsigned updates_percent_ = 0, dry_runs_percent_ = 0, exempt_percent_ = 0, unannotated_percent_ = 0;
  Time now_{1'000'000};
  std::uint64_t uids_ = 0;
  ModelServer server_;
  std::optional<ModelServer> backup_;
  std::vector<Replica> replicas_;
  std::vector<Request> requests_;
  std::vector<SwapLedger> late_;    // writes of the ledger that nobody waits for any more
  std::vector<bool> landed_, dry_;  // by uid

  // Nobody can tell any more what was stored and deleted again from what is undecided.
  bool gap_ = false;
  bool was_restored_ = false;
  bool quiet_ = false;  // nothing fails any more
  // Something was let through that others cannot know of: see excess_.
  bool let_through_ = false;
  // By how much a scope may be over its limit, by limit and scope.
  std::vector<std::vector<std::uint64_t>> excess_;
  std::vector<Request> spared_;   // of those that are never denied
  std::optional<Time> restored_;  // nothing is promised until all was read anew, and `settle` is over
  std::uint64_t held_of_ = ~std::uint64_t{0};  // which state of the ledger held_ is of
  std::vector<Held> held_;
  std::vector<std::size_t> blocks_held_;  // by shard, in its ledger
  unsigned checks_ = 0;
  std::uint64_t turns_ = 0;  // of questions to replicas, and of what they ask for
};

}  // namespace hygiene::counting::test
