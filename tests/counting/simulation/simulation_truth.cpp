// What must hold, by what the API server has and what was admitted.
#include <algorithm>
#include <limits>
#include <map>

#include "counting/ledger_text.hpp"
#include "simulation.hpp"

namespace hygiene::counting::test {
namespace {

constexpr unsigned kChecksOfSums = 16;  // one in so many looks at the sums too: it takes as long as the rest

}  // namespace

Charges Simulation::stored_charges() const {
  Charges charges{};
  for (std::size_t slot = 0; slot < charges.size(); ++slot) {
    const auto& stored = server_.secrets[slot];
    if (stored && stored.type < scenario_.counted) charges[slot] = stored.bytes;
  }
  return charges;
}

// Which shard counts in the scope. Every replica has it so.
ShardIndex Simulation::shard_of(const Scenario::Limit& limit, const std::vector<Slot>& scope) const {
  return replicas_.front().engine->shard_of(limit.kind, scenario_.names[scope.front()].namespace_name);
}

// By slot, what is stored or may still be.
Charges Simulation::charges() const {
  auto charges = stored_charges();
  for (const auto& request : requests_) {
    if (request.state != Request::State::admitted && request.state != Request::State::in_flight) continue;
    if (!request.grows || request.uncounted) continue;
    if (request.update) {
      const auto& stored = server_.secrets[request.slot];
      // This attempt can no longer be stored.
      if (stored.uid != request.uid || stored.revision != request.before) continue;
    }
    charges[request.slot] = std::max(charges[request.slot], request.bytes);
  }
  return charges;
}

// Once stored, a CREATE's entry holds nothing, unless somebody missed it among what he did not see. That of a
// dry run never does.
Simulation::ChargesByShard Simulation::charges_with_entries() {
  ChargesByShard all(1 + namespace_ledgers_, charges());
  read_held();
  auto all_held = held_;
  for (const auto& replica : replicas_) add_held_in_blocks(*replica.engine, all_held);
  for (const auto& held : all_held) {
    if (held.before == 0 && dry_[held.uid]) continue;
    bool over = held.before == 0 && landed_[held.uid] && !gap_;
    const auto deleted = over ? server_.deleted_at(held.uid) : 0;
    if (deleted != 0 && (!strict_ || scenario_.types[held.type] == secret::kTypeServiceAccountToken)) {
      // A list that confirms, where no marker does, does not show what was stored and deleted again: the
      // watch must have.
      for (const auto& replica : replicas_)
        over = over && replica.engine->view().revision(replica.watch_of[held.type]) >= deleted;
    }
    auto& charges = all[held.shard];
    if (!over) charges[held.slot] = std::max(charges[held.slot], held.bytes);
  }
  return all;
}

Simulation::Held Simulation::held_by(ShardIndex shard, const ReservationView& reservation) const {
  return {shard,
          reservation.key.uid,
          reservation.key.before,
          scenario_.slot_of(reservation.namespace_name, reservation.name),
          scenario_.type_number(reservation.type),
          static_cast<std::uint32_t>(reservation.bytes)};
}

// What a replica gave places to of its blocks: no ledger has a line for it yet.
void Simulation::add_held_in_blocks(const Engine& engine, std::vector<Held>& all) const {
  for (ShardIndex shard = 0; shard < engine.shards(); ++shard) {
    engine.shard(shard).reservations().for_each([&](const Reservations::Item& item) {
      if (item.place != Reservations::Place::on_its_own && !item.ended)
        all.push_back(held_by(shard, item.reservation));
    });
  }
}

void Simulation::read_held() {
  ShardIndex shard = kFirstShard;
  const auto add = [this, &shard](const ReservationView& reservation) {
    held_.push_back(held_by(shard, reservation));
  };
  if (!strict_) {
    held_.clear();
    const auto& reservations = replicas_.front().engine->shard(kFirstShard).reservations();
    if (reservations.size() != 0)
      reservations.for_each([&add](const Reservations::Item& item) { add(item.reservation); });
    return;
  }
  if (held_of_ == server_.ledger_changes()) return;
  held_of_ = server_.ledger_changes();
  held_.clear();
  blocks_held_.assign(1 + namespace_ledgers_, 0);
  for (; shard <= namespace_ledgers_; ++shard) {
    const auto text = server_.ledgers().find(ledger_name("ledger", shard));
    if (text == server_.ledgers().end()) continue;
    const auto ledger = parse_ledger(text->second);
    if (!ledger) continue;
    std::ranges::for_each(ledger->entries, add, &Reservation::view);
    blocks_held_[shard] = ledger->blocks.size();
  }
}

bool Simulation::full_for(const Request& request, ChargesByShard charges) const {
  if (request.never_denied || request.type >= scenario_.counted) return false;
  for (auto& with : charges) with[request.slot] = std::max(with[request.slot], request.bytes);
  for (const auto& limit : scenario_.limits) {
    if (request.update && !limit.of_bytes) continue;
    for (const auto& scope : limit.scopes) {
      if (std::ranges::find(scope, request.slot) != scope.end() &&
          limit.used(scope, charges[shard_of(limit, scope)]) > limit.allowed)
        return true;
    }
  }
  return false;
}

std::uint64_t Simulation::added_by(const Request& request, const Scenario::Limit& limit,
                                   const std::vector<Slot>& scope) const {
  if (std::ranges::find(scope, request.slot) == scope.end()) return 0;
  if (limit.of_bytes) return request.bytes - (request.update ? request.stored_bytes : 0);
  return request.update ? 0 : 1;
}

// What it adds nobody could have denied.
void Simulation::excuse(const Request& request) {
  if (!request.grows) return;
  for (std::size_t i = 0; i < excess_.size(); ++i) {
    const auto& limit = scenario_.limits[i];
    for (std::size_t j = 0; j < limit.scopes.size(); ++j)
      excess_[i][j] += added_by(request, limit, limit.scopes[j]);
  }
}

// True: it is owed to the ledger by another replica, or by one that crashed, is stored or may still be, and
// this replica has not seen it.
bool Simulation::may_be_unknown_to(std::size_t index, ShardIndex shard, const Request& spared) const {
  const auto& replica = replicas_[index];
  if (!spared.owed.contains(shard) || (spared.replica == index && spared.run == replica.run)) return false;
  if (spared.stored_at == 0)
    return std::ranges::any_of(requests_, [&spared](const Request& request) {
      return request.uid == spared.uid && request.before == spared.before &&
             request.state != Request::State::done;
    });
  return server_.secrets[spared.slot].uid == spared.uid &&
         replica.engine->view().revision(replica.watch_of[spared.type]) < spared.stored_at;
}

// The replica asks for a write of the ledger. What it admits with it may take the place of what it cannot
// know.
void Simulation::excuse_owed(std::size_t index, ShardIndex shard) {
  for (std::size_t i = 0; i < excess_.size(); ++i) {
    const auto& limit = scenario_.limits[i];
    for (std::size_t j = 0; j < limit.scopes.size(); ++j) {
      if (shard_of(limit, limit.scopes[j]) != shard) continue;
      const bool raised = std::ranges::any_of(requests_, [&](const Request& request) {
        return request.state == Request::State::waits && request.replica == index && !request.dry_run &&
               added_by(request, limit, limit.scopes[j]) != 0;
      });
      std::uint64_t owed = 0;
      for (const auto& spared : spared_) {
        if (raised && may_be_unknown_to(index, shard, spared))
          owed += added_by(spared, limit, limit.scopes[j]);
      }
      excess_[i][j] = std::max(excess_[i][j], owed);
    }
  }
}

// With its next write of the ledger a replica writes what it owes, unless that is in quarantine.
void Simulation::ledger_written_by(std::size_t index, ShardIndex shard, std::uint64_t turn) {
  for (auto& spared : spared_) {
    if (spared.replica == index && spared.run == replicas_[index].run && spared.turn < turn)
      spared.owed.erase(shard);
  }
}

// Once a scope is within its limit, whatever takes it over it again is judged. But what waits may have been
// found to raise nothing just before, and so may what has the name of a spared write, for as long as that has
// its entry. And a block was taken before a spared write came, or by one who does not know of it.
void Simulation::update_excess(const ChargesByShard& held, bool one_waits) {
  for (std::size_t i = 0; i < excess_.size(); ++i) {
    const auto& limit = scenario_.limits[i];
    for (std::size_t j = 0; j < excess_[i].size(); ++j) {
      std::uint64_t reserved = 0;
      const auto shard = shard_of(limit, limit.scopes[j]);
      const bool blocks = strict_ && blocks_held_[shard] != 0;
      for (const auto& request : spared_) {
        const bool is_held = std::ranges::any_of(held_, [&](const Held& reservation) {
          if (reservation.shard != shard) return false;
          return (reservation.uid == request.uid && reservation.before == request.before) ||
                 (reservation.uid == kManyTries && reservation.slot == request.slot);
        });
        if (is_held || blocks) reserved += added_by(request, limit, limit.scopes[j]);
      }
      auto& excess = excess_[i][j];
      excess = std::max(excess, reserved);
      if (excess != 0 && reserved == 0 && !one_waits && !let_through_ &&
          limit.used(limit.scopes[j], held[shard]) <= limit.allowed)
        excess = 0;
    }
  }
}

bool Simulation::over(const Charges& charges) const {
  for (std::size_t i = 0; i < excess_.size(); ++i) {
    const auto& limit = scenario_.limits[i];
    for (std::size_t j = 0; j < limit.scopes.size(); ++j) {
      if (limit.used(limit.scopes[j], charges) > limit.allowed + excess_[i][j]) return true;
    }
  }
  return false;
}

// Nothing is promised from the restoration on until every replica was restarted, every watch was listed anew
// and all is settled. What a scope holds then may be too much.
void Simulation::end_excuse() {
  for (const auto& replica : replicas_) {
    if (replica.stale) restored_ = now_;
    for (const auto& watch : replica.watches) {
      if (watch.broken || watch.list != 0) restored_ = now_;
    }
  }
  for (auto& scopes : excess_) std::ranges::fill(scopes, 1'000);
  if (now_ - *restored_ > settle_) restored_.reset();
}

// Every sum that an inventory keeps, against what adding up its Secrets gives.
void Simulation::check_sums() const {
  for (const auto& replica : replicas_) {
    const auto& inventory = replica.engine->view().inventory();
    const auto& selection = replica.engine->selection();
    std::map<ScopeId, Tally> sums;
    for (const auto policy : selection.counting()) sums[selection.scope_of(policy, ScopeKind::cluster, {})];
    inventory.visit_some(0, std::numeric_limits<std::uint32_t>::max(), [&](const StoredSecret& secret) {
      const auto& bytes = secret.stored.bytes;
      for (const auto& scope : selection.scopes_of(secret.subject))
        sums[scope.id] += {1, bytes.value_or(0), bytes ? 0U : 1U};
    });
    for (const auto& [scope, sum] : sums) {
      if (inventory.tally(scope) != sum) throw Violation("SUM");
    }
  }
}

void Simulation::check() {
  if (++checks_ % kChecksOfSums == 0) check_sums();
  if (restored_) end_excuse();
  if (over(charges())) throw Violation(over(stored_charges()) ? "OVER" : "INV");
  const auto held = charges_with_entries();
  bool one_waits = false;
  for (auto& request : requests_) {
    if (request.state != Request::State::waits) continue;
    one_waits = true;
    request.was_full = request.was_full || restored_ || full_for(request, held);
  }
  update_excess(held, one_waits);
}

void Simulation::check_quiet() {
  for (auto& request : requests_) {
    if (request.state == Request::State::waits) replicas_[request.replica].engine->cancel(request.ticket);
    request.state = Request::State::done;
  }
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (replicas_[i].stale) crash(i);
  }
  quiet_ = true;
  late_.clear();
  // A ledger made anew cools for kSettle. What is owed is written then, and is over after as long. One
  // replica drops it and the others see that with their housekeeping, which is due every 10 s.
  settle(2 * settle_seconds() + 35);
  check();
  check_sums();
  for (const auto& replica : replicas_) {
    for (ShardIndex shard = 0; shard < replica.engine->shards(); ++shard) {
      if (replica.engine->shard(shard).reservations().size() != 0) throw Violation("LEAK");
    }
    if (replica.engine->in_quarantine()) throw Violation("STUCK");
  }
  read_held();
  if (strict_ && (!held_.empty() || std::ranges::any_of(blocks_held_, [](auto count) { return count != 0; })))
    throw Violation("LEAK");
  check_last();
}

std::optional<counting::Answer> Simulation::ask_last(Slot slot, bool& full) {
  requests_.clear();
  Request last;
  last.slot = slot;
  last.uid = ++uids_;
  last.bytes = 1;
  last.called = now_;
  last.dry_run = chance(dry_runs_percent_ * 3);
  landed_.resize(uids_ + 1);
  dry_.resize(uids_ + 1);
  requests_.push_back(last);
  full = full_for(last, charges_with_entries());
  call(requests_.back());
  settle(8);
  return requests_.back().answer;
}

// One more CREATE, of a name that is free.
void Simulation::check_last() {
  Slot slot = 0;
  while (slot < scenario_.names.size() && server_.secrets[slot]) ++slot;
  if (slot == scenario_.names.size()) return;
  bool full = false;
  auto answer = ask_last(slot, full);
  if (was_restored_ && (!answer || answer == counting::Answer::unknown)) {
    // That the ledger is ahead of the API server is found by a marker at the earliest; then it cools. Where
    // the API server has come past it by then, a watch without events waits for its next bookmark.
    settle(2 * settle_seconds() + 25);
    answer = ask_last(slot, full);
  }
  if (!full && answer != counting::Answer::allowed) throw Violation("STUCK");
  if (full && answer != counting::Answer::denied) throw Violation("VAGUE");
}

}  // namespace hygiene::counting::test
