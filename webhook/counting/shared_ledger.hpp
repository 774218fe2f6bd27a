// The ledger of strict mode, as one replica reads it and writes it by compare-and-swap. The reservations of
// the last read are kept in Reservations. At most one read or write is under way. Thread-safety: one thread
// at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counting/cluster_view.hpp"
#include "counting/effects.hpp"
#include "counting/engine_options.hpp"
#include "counting/ledger_text.hpp"
#include "counting/reservations.hpp"

namespace hygiene::counting {

class SharedLedger {
 public:
  // What it refers to must outlive it.
  SharedLedger(const EngineOptions& options, const ClusterView& view, Reservations& reservations,
               std::vector<Effect>& effects, Time now)
      : options_(options), view_(view), reservations_(reservations), effects_(effects), last_read_(now) {}

  // Without its reservations; null: it was not read yet, or is lost.
  const Ledger* known() const { return known_ ? &*known_ : nullptr; }
  // What is known of it is what was stored last: nothing is under way, and nothing says that it must be read.
  bool usable() const { return known_ && idle() && !must_read_ && !newer_than_etcd_; }
  bool idle() const { return !reading_ && !written_; }
  bool reading() const { return reading_; }
  // How often it was read or written. In local mode each reservation counts as one.
  std::uint64_t reads() const { return reads_; }
  std::uint64_t next_read() { return ++reads_; }

  // While it is in quarantine, reservations may have been lost, and no sum is known.
  bool in_quarantine() const { return known_ && known_->in_quarantine; }
  bool quarantine_is_over(Time now) const { return now - quarantine_since_ >= options_.settle; }
  // Writes that quarantine ended, with these views, unless another replica has ended it, or another ledger
  // has taken the place of the one called `id`.
  void end_quarantine(const std::string& id, Ledger::Views views);

  // How far the watch must have come before this replica decides; 0 where the ledger says nothing of it.
  std::uint64_t min_view(WatchIndex watch) const;
  // It says that it has seen more than etcd holds: it is made anew at its next read.
  void is_newer_than_etcd() { newer_than_etcd_ = true; }

  // Reserves for a write, which is admitted once swap() is done. False: the ledger is full.
  bool add(const ReservationView& reservation, Time now);
  // Writes the ledger with all reservations but those that ended. Precondition: usable().
  void swap();
  // Asks for a read where one is needed, and now and then drops the reservations that ended. True where a
  // read was asked for.
  bool keep_house(bool must_read, Time now);

  enum class Read {
    failed,     // the next keep_house() asks again
    made_anew,  // it was missing, unreadable or newer than etcd: a new one is being written, in quarantine
    taken,
  };
  Read read(const LedgerRead& read, Time now);
  // False: nothing of it is certain, and the ledger is to be read again.
  bool swapped(Swapped swapped, std::string_view config_map, Time now);

 private:
  void take(Ledger ledger, Time now);
  void make_anew(std::string version);
  void write(Ledger ledger);
  void note_quarantine(const Ledger& ledger, Time now);

  const EngineOptions& options_;
  const ClusterView& view_;
  Reservations& reservations_;
  std::vector<Effect>& effects_;
  std::optional<Ledger> known_;
  std::optional<Ledger> written_;  // what is being written, without its reservations
  bool reading_ = false;
  bool must_read_ = true;
  bool newer_than_etcd_ = false;
  std::uint64_t reads_ = 0;
  std::uint64_t made_ = 0;  // ledgers that this replica made
  std::size_t bytes_ = 0;   // of all reservations, as they are written
  Time last_read_;          // or written
  std::string quarantine_id_;
  Time quarantine_since_{};
};

}  // namespace hygiene::counting
