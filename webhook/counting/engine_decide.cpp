// Which of the writes that wait are allowed, denied, or wait on.
#include <algorithm>

#include "counting/engine.hpp"

namespace hygiene::counting {
namespace {

// Of a scope that several watches show, what is known is of several moments, unless the ledger stood still
// meanwhile. After so many confirmations in a busy ledger it is taken as it is: a denial may then be one by
// what was never stored together, within milliseconds.
constexpr unsigned kInexactRoundsMax = 8;

}  // namespace

// What counts against the limit of `claim` as the write would leave it: its scope holds `held`, `charge` of
// it for the name.
std::uint64_t Engine::used_with(const Tally& held, std::optional<std::uint64_t> charge, const Claims& claims,
                                const Claim& claim) {
  if (!claim.of_bytes()) return held.count + (charge ? 0 : 1);
  const auto charged = charge.value_or(0);
  return held.bytes + (claims.bytes > charged ? claims.bytes - charged : 0);
}

bool Engine::raises(std::optional<std::uint64_t> charge, const Claims& claims, const Claim& claim) {
  return !charge || (claim.of_bytes() && claims.bytes > *charge);
}

const Confirmed* Engine::confirmation(const Pending& pending, const Claim& claim) const {
  const auto found = confirmed_.find(claim.scope.id);
  return found == confirmed_.end() || found->second.arrival < pending.arrival ? nullptr : &found->second;
}

// As of the moment that is confirmed: see Past.
Book::Known Engine::known_as_confirmed(const Pending& pending, const Confirmed& confirmed) const {
  return book_.known(pending.claims.namespace_name, pending.claims.name,
                     {confirmed.read, past_.begun() ? &past_ : nullptr});
}

bool Engine::stopped_by(const Known& known, const Pending& pending, const Claim& claim) const {
  if (!claim.stops()) return false;
  const auto charge = book_.charge(known, claim.scope);
  if (!reading(used(claim.scope.id), charge, pending.claims, claim).broken()) return false;
  if (raises(charge, pending.claims, claim)) return true;
  // What raises no charge is free, but only where that is certain: a stale view may show a name whose place
  // has been given to another.
  const auto* confirmed = confirmation(pending, claim);
  if (confirmed == nullptr) return true;
  return !confirmed->unchanged && (!confirmed->one_moment || book_.newer(claim.scope.id, confirmed->read));
}

bool Engine::stopped(const Pending& pending) const {
  const auto known = book_.known(pending.claims.namespace_name, pending.claims.name);
  return std::ranges::any_of(pending.claims.claims,
                             [&](const Claim& claim) { return stopped_by(known, pending, claim); });
}

bool Engine::lags(const Pending& pending) const {
  return options_.strict && std::ranges::any_of(pending.claims.claims, [this](const Claim& claim) {
           return std::ranges::any_of(covering_[claim.scope.policy], [this](WatchIndex watch) {
             return view_.revision(watch) < min_view(watch);
           });
         });
}

// Why the sums of these claims are not known now; Unknown::no: they are.
Unknown Engine::unknown(const Claims& claims) const {
  if (cooling()) return Unknown::cooling;
  auto why = Unknown::no;
  const Claim* before = nullptr;
  for (const auto& claim : claims.claims) {
    const bool same_policy = before != nullptr && before->scope.policy == claim.scope.policy;
    before = &claim;
    if (!same_policy && !std::ranges::all_of(covering_[claim.scope.policy],
                                             [this](WatchIndex watch) { return view_.synced(watch); }))
      why = Unknown::not_synced;
    if (why == Unknown::no && claim.stops() && claim.of_bytes() &&
        view_.inventory().tally(claim.scope.id).unmeasured != 0)
      why = Unknown::unmeasured;
  }
  return why;
}

// In local mode a write that fits need not wait for its turn.
bool Engine::allowed_at_once(const Claims& claims, Time now) {
  if (options_.strict || claims.empty() || unknown(claims) != Unknown::no) return false;
  const auto known = book_.known(claims.namespace_name, claims.name);
  Decision decision;
  decision.readings.reserve(claims.claims.size());
  for (const auto& claim : claims.claims) {
    decision.readings.push_back(
        reading(used(claim.scope.id), book_.charge(known, claim.scope), claims, claim));
    if (claim.stops() && decision.readings.back().broken()) return false;
  }
  decision.ticket = ++arrivals_;
  if (claims.reserves) keep_entry(key_of(claims), claims, decision, now);
  decisions_.push_back(std::move(decision));
  // It made no room for those that wait: they are looked at for what time brings only.
  if (now != proceeded_) proceed(now);
  return true;
}

// In local mode.
void Engine::keep_entry(EntryKey key, const Claims& claims, Decision& decision, Time now) {
  const EntryView entry{key, claims.namespace_name, claims.name, claims.type, claims.bytes};
  if (book_.add(entry, now, ++readings_)) return;
  decision.why = Unknown::no_room;
  if (claims.may_be_denied()) decision.answer = Answer::unknown;
}

bool Engine::decided_at_once(const Pending& pending) {
  const auto& claims = pending.claims;
  if (claims.empty()) {
    answer(pending, Answer::allowed, Unknown::no, {});
    return true;
  }
  const bool other_policies = pending.epoch != epoch_;
  const auto why = other_policies ? Unknown::policies_changed : unknown(claims);
  if (why == Unknown::no) return false;
  const bool ask = claims.may_be_denied() || other_policies;
  // What is never denied needs no count, but others must count it once all is known. The ledger keeps nothing
  // while it cools.
  if (!ask && claims.reserves && !(options_.strict && cooling())) return false;
  answer(pending, ask ? Answer::unknown : Answer::allowed, why,
         other_policies ? std::vector<Reading>() : readings(pending));
  return true;
}

void Engine::decide(Time now) {
  if (waiting_.empty() || written_ || reading_ || (options_.strict && (!ledger_ || read_wanted_ || ahead_)))
    return;
  wanted_.clear();
  lagging_ = false;
  std::vector<Pending> kept, ready;
  for (auto& pending : std::exchange(waiting_, {})) {
    if (decided_at_once(pending)) continue;
    const bool waits = pending.claims.may_be_denied() && lags(pending);
    lagging_ = lagging_ || waits;
    (waits ? kept : ready).push_back(std::move(pending));
  }
  for (auto& pending : ready) {
    if (options_.strict && pending.claims.reserves &&
        book_.find(pending.claims.namespace_name, pending.claims.name, pending.key)) {
      // An earlier write of the ledger did it, although its answer was lost.
      answer(pending, Answer::allowed, Unknown::no, std::move(pending.readings));
    } else if (!stopped(pending)) {
      admit(std::move(pending), now);
    } else if (!deny_or_confirm(pending)) {
      kept.push_back(std::move(pending));
    }
  }
  std::ranges::move(kept, std::back_inserter(waiting_));
  if (!swapping_.empty()) swap(next_ledger());
}

void Engine::admit(Pending pending, Time now) {
  pending.readings = readings(pending);
  if (!pending.claims.reserves) {
    answer(pending, Answer::allowed, Unknown::no, std::move(pending.readings));
    return;
  }
  const auto& claims = pending.claims;
  if (!options_.strict) {
    answer(pending, Answer::allowed, Unknown::no, std::move(pending.readings));
    keep_entry(pending.key, claims, decisions_.back(), now);
    return;
  }
  const EntryView entry{pending.key, claims.namespace_name, claims.name, claims.type, claims.bytes};
  if (!has_room(entry)) {
    answer(pending, claims.may_be_denied() ? Answer::unknown : Answer::allowed, Unknown::no_room,
           std::move(pending.readings));
    return;
  }
  ledger_bytes_ += ledger_bytes(entry);
  book_.add(entry, now, readings_ + 1);
  swapping_.push_back(std::move(pending));
}

// Denies, and says true, where it is certain that the write did not fit at some moment since it arrived: one
// of the limits that stop it is confirmed, and entries that came later are not counted, those of its own
// batch among them. Not all limits: those of scopes that different lists show may never be confirmed at once.
bool Engine::deny_or_confirm(Pending& pending) {
  const auto known = book_.known(pending.claims.namespace_name, pending.claims.name);
  bool broken = false;
  for (const auto& claim : pending.claims.claims) {
    const auto* confirmed = confirmation(pending, claim);
    if (confirmed == nullptr || !stopped_by(known, pending, claim)) continue;
    const bool certain =
        confirmed->one_moment || confirmed->unchanged || ++pending.rounds >= kInexactRoundsMax;
    const auto then = known_as_confirmed(pending, *confirmed);
    const auto charge = book_.charge(then, claim.scope);
    broken = broken || (certain && reading(confirmed->held, charge, pending.claims, claim).broken() &&
                        raises(charge, pending.claims, claim));
  }
  if (broken) {
    answer(pending, Answer::denied, Unknown::no, readings_as_confirmed(pending));
    return true;
  }
  for (const auto& claim : pending.claims.claims) {
    if (stopped_by(known, pending, claim)) want(pending, claim);
  }
  return false;
}

std::vector<Reading> Engine::readings(const Pending& pending) const {
  const auto known = book_.known(pending.claims.namespace_name, pending.claims.name);
  std::vector<Reading> found;
  for (const auto& claim : pending.claims.claims)
    found.push_back(reading(used(claim.scope.id), book_.charge(known, claim.scope), pending.claims, claim));
  return found;
}

std::vector<Reading> Engine::readings_as_confirmed(const Pending& pending) const {
  auto found = readings(pending);
  for (auto& now : found) {
    const auto* confirmed = confirmation(pending, now.claim);
    if (confirmed == nullptr) continue;
    const auto charge = book_.charge(known_as_confirmed(pending, *confirmed), now.claim.scope);
    now = reading(confirmed->held, charge, pending.claims, now.claim);
  }
  return found;
}

void Engine::answer(const Pending& pending, Answer answer, Unknown why, std::vector<Reading> readings) {
  decisions_.push_back({pending.ticket, answer, why, std::move(readings)});
}

}  // namespace hygiene::counting
