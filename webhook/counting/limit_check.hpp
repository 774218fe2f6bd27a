// Decides whether a write fits under its limits: by what is known now, and by what a confirmation found.
// Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "counting/blocks.hpp"
#include "counting/cluster_view.hpp"
#include "counting/confirmations.hpp"
#include "counting/reservations.hpp"
#include "counting/view_at_ledger_read.hpp"

namespace hygiene::counting {

// A write that waits for its decision.
struct PendingWrite {
  Ticket ticket = 0;  // 0: nobody waits for the answer any more
  CountedWrite claims;
  ReservationKey key;
  std::uint64_t arrival = 0;           // writes are numbered as they come
  std::uint64_t epoch = 0;             // of the policies that its claims are made by
  unsigned inexact_confirmations = 0;  // see LimitCheck::denies()
  LimitUsages usages;                  // as it was admitted
};

// What a confirmation found of one scope.
struct ConfirmedScope {
  std::uint64_t arrival = 0;  // of the last write that it confirms
  std::uint64_t read = 0;     // the last read of the ledger before it
  Tally held;                 // stored, and reserved both before and after the confirmation
  bool unchanged = false;     // the ledger did not change during the confirmation
  bool one_moment = false;    // what is known of the scope shows one moment
};

class LimitCheck {
 public:
  // All references must outlive it.
  LimitCheck(const ClusterView& view, const Reservations& reservations, const Blocks& blocks,
             const ViewAtLedgerRead& at_ledger_read)
      : view_(view), reservations_(reservations), blocks_(blocks), at_ledger_read_(at_ledger_read) {}

  // Why the view cannot give the sums of these claims; Unknown::no: it can.
  Unknown unknown(const CountedWrite& claims, const WatchesByPolicy& covering) const;
  // Each limit, with the write counted, as of now, and without what is left of blocks.
  LimitUsages usages(const CountedWrite& claims) const;

  // Takes what a confirmation found. It holds until forget_confirmed().
  void confirm(const Confirmation& confirmation, bool strict, const std::string& ledger_version);
  void forget_confirmed() { confirmed_.clear(); }
  bool has_confirmed() const { return !confirmed_.empty(); }

  // The claims that do not fit now, beside what blocks hold.
  std::vector<Claim> exceeded(const PendingWrite& write) const;
  // Each limit, with the write counted, as denies() found it.
  LimitUsages usages_as_confirmed(const PendingWrite& write) const;
  // True: the write certainly did not fit at some moment since it arrived. One of the `exceeded` limits is
  // confirmed, without the reservations that came later, those of its own batch included. One limit is
  // enough: limits whose scopes different lists show may never be confirmed at once.
  bool denies(PendingWrite& write, const std::vector<Claim>& exceeded) const;

 private:
  const ConfirmedScope* confirmed(const PendingWrite& write, const Claim& claim) const;
  AsOf as_of(const ConfirmedScope& confirmed) const;
  LimitUsage usage_as_confirmed(const PendingWrite& write, const Claim& claim,
                                const ConfirmedScope& confirmed) const;
  bool exceeds(const Reservations::Lookup& name, const PendingWrite& write, const Claim& claim) const;

  const ClusterView& view_;
  const Reservations& reservations_;
  const Blocks& blocks_;
  const ViewAtLedgerRead& at_ledger_read_;
  std::map<ScopeId, ConfirmedScope> confirmed_;
};

}  // namespace hygiene::counting
