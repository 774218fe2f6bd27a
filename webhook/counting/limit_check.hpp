// Whether a write fits under its limits: by what is known now, and by what a confirmation found.
// Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <optional>
#include <vector>

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
  std::uint64_t epoch = 0;             // of the policies that its claims are by
  unsigned inexact_confirmations = 0;  // see LimitCheck::denies()
  std::vector<LimitUsage> usages;      // as it was admitted
};

// What a confirmation found of one scope.
struct ConfirmedScope {
  std::uint64_t arrival = 0;  // of the last write that it is as new as
  std::uint64_t read = 0;     // reservations of reads of the ledger up to it were there before
  Tally held;                 // stored, and reserved both before and after the confirmation
  bool unchanged = false;     // the ledger had one version all the while
  bool one_moment = false;    // what is known of the scope was true at one moment
};

class LimitCheck {
 public:
  // What it reads must outlive it.
  LimitCheck(const ClusterView& view, const Reservations& reservations,
             const ViewAtLedgerRead& at_ledger_read)
      : view_(view), reservations_(reservations), at_ledger_read_(at_ledger_read) {}

  // Stored and reserved.
  Tally used(ScopeId scope) const;
  // Why the sums of these claims are not known from the view; Unknown::no: they are.
  Unknown unknown(const CountedWrite& claims, const WatchesByPolicy& covering) const;
  // Each limit as the write would leave it now.
  std::vector<LimitUsage> usages(const CountedWrite& claims) const;

  // A confirmation found this. It holds until forget_confirmed().
  void confirm(const Confirmation& confirmation, bool strict, const std::string& ledger_version);
  void forget_confirmed() { confirmed_.clear(); }

  // The claims that do not fit now.
  std::vector<Claim> exceeded(const PendingWrite& write) const;
  // Each limit as the write that denies() would have left it.
  std::vector<LimitUsage> usages_as_confirmed(const PendingWrite& write) const;
  // True where it is certain that the write did not fit at some moment since it arrived: one of the
  // `exceeded` limits is confirmed, and reservations that came later do not count, those of its own batch
  // among them. One limit is enough: those of scopes that different lists show may never be confirmed at
  // once.
  bool denies(PendingWrite& write, const std::vector<Claim>& exceeded) const;

 private:
  const ConfirmedScope* confirmed(const PendingWrite& write, const Claim& claim) const;
  AsOf as_of(const ConfirmedScope& confirmed) const;
  LimitUsage usage_as_confirmed(const PendingWrite& write, const Claim& claim,
                                const ConfirmedScope& confirmed) const;
  bool exceeds(const Reservations::Lookup& name, const PendingWrite& write, const Claim& claim) const;

  const ClusterView& view_;
  const Reservations& reservations_;
  const ViewAtLedgerRead& at_ledger_read_;
  std::map<ScopeId, ConfirmedScope> confirmed_;
};

}  // namespace hygiene::counting
