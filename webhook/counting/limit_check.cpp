#include "counting/limit_check.hpp"

#include <algorithm>

namespace hygiene::counting {
namespace {

// Where several watches show a scope, what is known of it is of several moments, unless the ledger stood
// still meanwhile. After so many confirmations in a busy ledger it is taken as it is: a denial may then count
// what was never stored together, within milliseconds.
constexpr unsigned kInexactConfirmationsMax = 8;

// The limit of `claim` as the write would leave it. Its scope holds `held`, and `charge` of that is for the
// write's own name.
LimitUsage usage_of(const CountedWrite& write, const Claim& claim, const Tally& held,
                    std::optional<std::uint64_t> charge) {
  if (!claim.of_bytes()) return {claim, held.count + (charge ? 0 : 1)};
  const auto charged = charge.value_or(0);
  return {claim, held.bytes + (write.bytes > charged ? write.bytes - charged : 0)};
}

bool raises(const CountedWrite& write, const Claim& claim, std::optional<std::uint64_t> charge) {
  return !charge || (claim.of_bytes() && write.bytes > *charge);
}

}  // namespace

Unknown LimitCheck::unknown(const CountedWrite& claims, const WatchesByPolicy& covering) const {
  auto why = Unknown::no;
  for (const auto& claim : claims.claims) {
    if (!std::ranges::all_of(covering[claim.scope.policy],
                             [this](WatchIndex watch) { return view_.synced(watch); }))
      return Unknown::not_synced;
    if (claim.can_deny() && claim.of_bytes() && view_.inventory().tally(claim.scope.id).unmeasured != 0)
      why = Unknown::unmeasured;
  }
  return why;
}

LimitUsages LimitCheck::usages(const CountedWrite& claims) const {
  const auto name = reservations_.look_up(claims.namespace_name, claims.name);
  LimitUsages found;
  found.reserve(claims.claims.size());
  for (const auto& claim : claims.claims)
    found.push_back(
        usage_of(claims, claim, reservations_.used(claim.scope.id), reservations_.charge(name, claim.scope)));
  return found;
}

void LimitCheck::confirm(const Confirmation& confirmation, bool strict, const std::string& ledger_version) {
  const ConfirmedScope found{.arrival = confirmation.arrival,
                             .read = confirmation.read,
                             .held = {},
                             .unchanged = strict && ledger_version == confirmation.ledger_version,
                             // In local mode nobody else admits anything.
                             .one_moment = !strict || confirmation.checks.size() == 1};
  for (const auto& scope : confirmation.scopes) {
    auto& confirmed = confirmed_[scope.id];
    confirmed = found;
    confirmed.held = reservations_.held(scope, as_of(found));
  }
}

AsOf LimitCheck::as_of(const ConfirmedScope& confirmed) const {
  return {confirmed.read, at_ledger_read_.begun() ? &at_ledger_read_ : nullptr};
}

const ConfirmedScope* LimitCheck::confirmed(const PendingWrite& write, const Claim& claim) const {
  const auto found = confirmed_.find(claim.scope.id);
  return found == confirmed_.end() || found->second.arrival < write.arrival ? nullptr : &found->second;
}

bool LimitCheck::exceeds(const Reservations::Lookup& name, const PendingWrite& write,
                         const Claim& claim) const {
  if (!claim.can_deny()) return false;
  const auto charge = reservations_.charge(name, claim.scope);
  const auto in_blocks = blocks_.held(claim.scope, write.claims.namespace_name);
  auto used = reservations_.used(claim.scope.id);
  used += in_blocks;
  if (!usage_of(write.claims, claim, used, charge).exceeded()) return false;
  if (raises(write.claims, claim, charge) || in_blocks.count != 0) return true;
  // What raises no charge is free, but only where that is certain: an old view may show a name whose place
  // has been given to another.
  const auto* confirmed = this->confirmed(write, claim);
  if (confirmed == nullptr) return true;
  return !confirmed->unchanged &&
         (!confirmed->one_moment || reservations_.newer(claim.scope.id, confirmed->read));
}

std::vector<Claim> LimitCheck::exceeded(const PendingWrite& write) const {
  const auto name = reservations_.look_up(write.claims.namespace_name, write.claims.name);
  std::vector<Claim> found;
  std::ranges::copy_if(write.claims.claims, std::back_inserter(found),
                       [&](const Claim& claim) { return exceeds(name, write, claim); });
  return found;
}

LimitUsage LimitCheck::usage_as_confirmed(const PendingWrite& write, const Claim& claim,
                                          const ConfirmedScope& confirmed) const {
  const auto then = reservations_.look_up(write.claims.namespace_name, write.claims.name, as_of(confirmed));
  return usage_of(write.claims, claim, confirmed.held, reservations_.charge(then, claim.scope));
}

bool LimitCheck::denies(PendingWrite& write, const std::vector<Claim>& exceeded) const {
  bool denied = false;
  for (const auto& claim : exceeded) {
    const auto* confirmed = this->confirmed(write, claim);
    if (confirmed == nullptr) continue;
    const bool certain = confirmed->one_moment || confirmed->unchanged ||
                         ++write.inexact_confirmations >= kInexactConfirmationsMax;
    const auto then =
        reservations_.look_up(write.claims.namespace_name, write.claims.name, as_of(*confirmed));
    denied = denied || (certain && usage_as_confirmed(write, claim, *confirmed).exceeded() &&
                        raises(write.claims, claim, reservations_.charge(then, claim.scope)));
  }
  return denied;
}

LimitUsages LimitCheck::usages_as_confirmed(const PendingWrite& write) const {
  auto found = usages(write.claims);
  for (auto& usage : found) {
    if (const auto* confirmed = this->confirmed(write, usage.claim))
      usage = usage_as_confirmed(write, usage.claim, *confirmed);
  }
  return found;
}

}  // namespace hygiene::counting
