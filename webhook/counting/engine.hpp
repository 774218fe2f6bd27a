// Decides whether writes fit under the limits across Secrets: a state machine without I/O, clock or threads.
// Inputs are calls; what is to be done and what was decided is taken out after each. docs/counting.md
// describes the algorithm and what it assumes. Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "counting/book.hpp"
#include "counting/effects.hpp"
#include "counting/engine_options.hpp"
#include "counting/ledger_text.hpp"
#include "counting/past.hpp"
#include "counting/round.hpp"
#include "counting/view.hpp"

namespace hygiene::counting {

class Engine {
 public:
  Engine(EngineOptions options, HashKey key, Time now);

  // Other policies: counted from what is known. The watches, by index, that must begin with a list.
  std::vector<WatchIndex> select(std::shared_ptr<const Selection> selection, Time now);
  const View& view() const { return view_; }
  const Selection& selection() const { return *selection_; }
  // With entries, as /debug shows it.
  Tally used(ScopeId scope) const;
  const Book& book() const { return book_; }
  bool cooling() const;
  bool has_ledger() const { return !options_.strict || ledger_; }  // read, and not lost

  // A write that asks. It is decided at once or later; cancel() once nobody waits: what was written for it
  // holds its place until it is settled.
  Ticket request(const Claims& claims, Time now);
  void cancel(Ticket ticket);

  // The watches. A watch begins with a list: begin_list gives its number to list_shows and list_ends, and the
  // watch goes on from the list's resourceVersion. begin_list again after list_failed or `expired`.
  ListId begin_list(WatchIndex watch);
  void list_shows(ListId list, const Subject& subject, const Stored& stored);
  // False: the watch cannot go on from this list. Begin another, unless one has begun already.
  bool list_ends(ListId list, std::uint64_t revision, Time now);
  void list_failed(ListId list, Time now);
  void shows(WatchIndex watch, const Subject& subject, const Stored& stored, Time now);
  void removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision, Time now);
  void bookmark(WatchIndex watch, std::uint64_t revision, Time now);
  // What a read of the Secret measured.
  void measured(const Subject& subject, const Stored& stored, Time now);

  // Answers to effects.
  void ledger_read(const LedgerRead& read, Time now);
  void ledger_swapped(Swapped swapped, std::string_view config_map, Time now);
  // Nothing: it could not be written.
  void marker_written(MarkerId marker, std::optional<std::uint64_t> revision, Time now);
  // `uid` 0: no such Secret. Nothing at all: the read failed.
  struct NameState {
    std::uint64_t uid = 0;
    std::uint64_t revision = 0;
  };
  void name_read(const ReadName& read, std::optional<NameState> state, Time now);

  // About once a second.
  void tick(Time now);
  bool nothing_to_take() const { return effects_.empty() && decisions_.empty(); }
  std::vector<Effect> take_effects() { return std::exchange(effects_, {}); }
  std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }

 private:
  struct Pending {
    Ticket ticket = 0;
    Claims claims;
    EntryKey key;
    std::uint64_t arrival = 0;
    std::uint64_t epoch = 0;  // of the policies that its claims are by
    unsigned rounds = 0;      // confirmations that did not settle it
    std::vector<Reading> readings;
  };
  using Known = Book::Known;
  EntryKey key_of(const Claims& claims);
  bool allowed_at_once(const Claims& claims, Time now);
  void keep_entry(EntryKey key, const Claims& claims, Decision& decision, Time now);
  void decide(Time now);
  Unknown unknown(const Claims& claims) const;
  bool decided_at_once(const Pending& pending);
  bool lags(const Pending& pending) const;
  static std::uint64_t used_with(const Tally& held, std::optional<std::uint64_t> charge, const Claims& claims,
                                 const Claim& claim);
  static Reading reading(const Tally& held, std::optional<std::uint64_t> charge, const Claims& claims,
                         const Claim& claim) {
    return {claim, used_with(held, charge, claims, claim)};
  }
  static bool raises(std::optional<std::uint64_t> charge, const Claims& claims, const Claim& claim);
  bool stopped_by(const Known&, const Pending& pending, const Claim& claim) const;
  bool stopped(const Pending& pending) const;
  void admit(Pending pending, Time now);
  bool deny_or_confirm(Pending& pending);
  const Confirmed* confirmation(const Pending& pending, const Claim& claim) const;
  Known known_as_confirmed(const Pending& pending, const Confirmed& confirmed) const;
  std::vector<Reading> readings(const Pending& pending) const;
  std::vector<Reading> readings_as_confirmed(const Pending& pending) const;
  void answer(const Pending& pending, Answer answer, Unknown why, std::vector<Reading> readings);

  void take_ledger(Ledger ledger, Time now);
  void make_ledger_anew(const std::string& version);
  void swap(Ledger ledger);
  Ledger next_ledger();
  void give_back_swapped();
  bool has_room(const EntryView& entry) const;
  std::uint64_t min_view(WatchIndex watch) const;
  void read_or_write_ledger(Time now);

  void want(const Pending& pending, const Claim& claim);
  void start_rounds(Time now);
  void start_strict_round(Time now);
  void start_list_rounds(Time now);
  void end_cooling(Time now);
  bool due(const Scope& scope, Time now) const;
  void start(std::vector<Scope> scopes, std::optional<std::string> namespace_name, bool ends_cooling,
             Time now);
  void ask(const Round& round, Leg& leg);
  void note_revision(const Leg& leg);
  bool reached(const Round& round) const;
  std::vector<std::uint64_t> seen() const;
  void advance_rounds(Time now);
  void finish(Round& round);
  void abandon(const Round& round);

  void changed(const Subject& subject);
  void settle_decided();
  void settle(const Book::Item& item);
  void read_names(Time now);
  void ask_for_names(Time now);
  void proceed(Time now);
  std::string new_id() { return options_.replica + "." + std::to_string(++ids_); }

  EngineOptions options_;
  View view_;
  Past past_;  // what was known when the reading that is under way was asked for, where it ends a round
  Book book_;
  std::shared_ptr<const Selection> selection_;
  std::vector<std::vector<WatchIndex>> covering_;  // by policy

  std::vector<Pending> waiting_;
  std::vector<Pending> swapping_;  // admitted once the ledger is swapped
  std::uint64_t arrivals_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t ids_ = 0;
  std::uint64_t last_call_;  // of a write: see EntryKey
  Time proceeded_{};
  std::optional<Ledger> ledger_;   // without its entries, which are in book_
  std::optional<Ledger> written_;  // what is being written
  bool reading_ = false;           // at most one of both is under way
  bool read_wanted_ = true;
  bool ahead_ = false;  // of the API server
  std::uint64_t readings_ = 0;
  std::size_t ledger_bytes_ = 0;
  bool cooling_ = false;  // in local mode
  Time cooling_since_{};
  std::string cooling_id_;
  Time last_reading_{};
  bool lagging_ = false;

  std::vector<Round> rounds_;
  std::vector<Wanted> wanted_;
  std::map<ScopeId, Time> last_rounds_;  // of the last second
  std::optional<Time> last_probe_;
  std::map<ScopeId, Confirmed> confirmed_;  // during one decide() only

  std::size_t names_read_ = 0;  // reads that are under way, of entries whose time is over
  std::vector<Effect> effects_;
  std::vector<Decision> decisions_;
};

}  // namespace hygiene::counting
