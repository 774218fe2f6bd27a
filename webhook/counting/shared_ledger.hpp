// The ledger of strict mode, as one replica reads it and writes it by compare-and-swap. The reservations of
// the last read are kept in Reservations. At most one read or write is under way, and writes keep a pace.
// Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "counting/blocks.hpp"
#include "counting/cluster_view.hpp"
#include "counting/effects.hpp"
#include "counting/engine_options.hpp"
#include "counting/ledger_text.hpp"
#include "counting/reservations.hpp"

namespace hygiene::counting {

struct LedgerShare {
  std::string namespace_name;
  std::size_t bytes = 0;
  double ratio = 0;  // of what one namespace may take
};

class SharedLedger {
 public:
  // All references must outlive it.
  SharedLedger(const EngineOptions& options, const std::string& seal, const ClusterView& view,
               Reservations& reservations, Blocks& blocks, std::vector<Effect>& effects, Time now)
      : options_(options),
        seal_(seal),
        view_(view),
        reservations_(reservations),
        blocks_(blocks),
        effects_(effects),
        last_read_(now) {}

  // The ledger without its reservations; null: it was not read yet, or is lost.
  const Ledger* known() const { return known_ ? &*known_ : nullptr; }
  // True: the ledger is known as it was last stored. No read or write is under way, and none is needed.
  bool usable() const { return known_ && idle() && !must_read_ && !newer_than_etcd_; }
  // True: what was read has a format that this version does not know. It is left as it is, and read again
  // once a second.
  bool has_unknown_format() const { return unknown_format_; }
  // When the pace lets the ledger be written next: by the bytes of the last write, and by how long it took so
  // that others have their turn; later after conflicts.
  Time next_write() const { return next_write_; }
  bool idle() const { return !reading_ && !written_; }
  bool reading() const { return reading_; }
  // The number of reads and writes so far. In local mode each reservation counts as one.
  std::uint64_t reads() const { return reads_; }
  std::uint64_t next_read() { return ++reads_; }

  // True: reservations may have been lost, and no sum is known.
  bool in_quarantine() const { return known_ && known_->in_quarantine; }
  bool quarantine_is_over(Time now) const { return quarantine_left(now) == Time(0); }
  // How long it lasts at least; 0: it is over, but for what must be confirmed first.
  Time quarantine_left(Time now) const {
    return in_quarantine() ? std::max(options_.settle - (now - quarantine_since_), Time(0)) : Time(0);
  }
  // Writes that quarantine has ended, with these views. Does nothing if another replica has ended it, or if
  // the ledger is no longer the one called `id`.
  void end_quarantine(const std::string& id, Ledger::Views views, Time now);

  // The revision that the watch must reach before this replica decides; 0: the ledger demands none.
  std::uint64_t min_view(WatchIndex watch) const;
  // The ledger names a revision that etcd does not have yet: make it anew after its next read.
  void is_newer_than_etcd() { newer_than_etcd_ = found_restoration_ = true; }
  // True, once, after revisions were found to have gone back: other ledgers are as old.
  bool take_restoration() { return std::exchange(found_restoration_, false); }

  // Adds a reservation, which counts for all once swap() is done: as a line of its own, or one with other
  // tries of its name. Else no_room or no_share. Precondition: usable().
  Unknown add(const ReservationView& reservation, Time now);
  // True: the write has a place in a block of this replica, and is admitted.
  bool add_in_block(const CountedWrite& write, const ReservationKey& key, Time now);
  // Takes a reservation of a write that was answered already, because it is never denied: the next write of
  // the ledger adds it.
  void owe(const ReservationView& reservation);
  bool owes() const { return !owed_.empty(); }
  // Adds what is owed. Does nothing in quarantine. Precondition: usable().
  void add_owed(Time now);
  // Ends a reservation whose write was denied after all: the next write of the ledger leaves it out.
  void withdraw(const ReservationView& reservation);
  // True: a reservation was added that is not being written yet.
  bool has_added() const { return added_; }
  // When it should be written for the sake of blocks, as its pace lets it; nothing: there is no need.
  std::optional<Time> blocks_due() const;
  // Writes the ledger with all reservations that have not ended. Precondition: usable().
  void swap(Time now);
  // Asks for a read if one is needed, and from time to time drops reservations that ended. True: it asked for
  // a read.
  bool keep_house(bool must_read, Time now);
  Time last_read() const { return last_read_; }

  // The size of its blocks and reservations, as they are written.
  std::size_t bytes() const { return bytes_; }
  // The namespaces whose reservations take most of it, at most `most`, the largest first.
  std::vector<LedgerShare> largest_shares(std::size_t most) const;

  enum class Read {
    failed,     // the next keep_house() asks again
    made_anew,  // it was missing, damaged, newer than etcd or of another seal; a new one is being written
    unknown_format,
    taken,
  };
  Read read(const LedgerRead& read, Time now);
  // False: the ledger's state is uncertain and must be read again.
  bool swapped(Swapped swapped, std::string_view config_map, Time now);

 private:
  struct Owed {
    Reservation reservation;
    bool writing = false;
  };

  void take_back_owed();
  void take(Ledger ledger, Time now);
  bool take_renewed(const ReservationView& reservation, Time now);
  bool renew_tries(const ReservationView& reservation, Time now);
  Unknown room_for(const ReservationView& line) const;
  void count_bytes(const ReservationView& reservation);
  void forget_bytes();
  void make_anew(std::string version, Time now);
  void write(Ledger ledger, Time now);
  void back_off(Time now);
  void note_quarantine(const Ledger& ledger, Time now);

  const EngineOptions& options_;
  const std::string& seal_;  // that the ledger must have: see EarlierLedger
  const ClusterView& view_;
  Reservations& reservations_;
  Blocks& blocks_;
  std::vector<Effect>& effects_;
  std::optional<Ledger> known_;
  std::optional<Ledger> written_;  // what is being written, without its reservations
  bool reading_ = false;
  bool must_read_ = true;
  bool newer_than_etcd_ = false;
  bool found_restoration_ = false;
  bool unknown_format_ = false;
  bool added_ = false;
  Time write_began_{};
  Time next_write_{};
  unsigned conflicts_ = 0;  // since a write was done
  std::uint64_t reads_ = 0;
  std::uint64_t made_ = 0;  // ledgers that this replica made
  std::vector<Owed> owed_;
  std::set<std::uint64_t>
      renewed_;            // calls of lines for many tries that no write of the ledger has renewed yet
  std::size_t bytes_ = 0;  // of blocks and all reservations, as they are written
  std::map<std::string, std::size_t, std::less<>> bytes_by_namespace_;
  Time last_read_;  // or last write
  std::string quarantine_id_;
  Time quarantine_since_{};
};

}  // namespace hygiene::counting
