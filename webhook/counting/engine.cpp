#include "counting/engine.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include "counting/ledger_text.hpp"

namespace hygiene::counting {

std::string_view to_string(Unknown why) {
  switch (why) {
    case Unknown::no:
      return "known";
    case Unknown::not_synced:
      return "not_synced";
    case Unknown::quarantine:
      return "cooling";
    case Unknown::unmeasured:
      return "unmeasured";
    case Unknown::no_room:
      return "no_room";
    case Unknown::no_share:
      return "no_share";
    case Unknown::ledger_format:
      return "ledger_format";
    case Unknown::policies_changed:
      return "policies_changed";
    case Unknown::too_late:
      return "too_late";
  }
  return "unknown";
}

Engine::Engine(EngineOptions options, HashKey key, Time now)
    : options_(std::move(options)),
      around_(key),
      earlier_(options_, effects_),
      // Another replica drops the reservation of a uid that is gone after `settle` at the latest, with its
      // next write of the ledger, and that is read here later still.
      forgets_before_(2 * options_.settle) {
  around_.may_use_ledgers = earlier_.settled();
  const auto of_namespaces = options_.strict ? options_.namespace_ledgers : 0;
  for (ShardIndex index = 0; index <= of_namespaces; ++index) {
    auto own = options_;
    own.ledger_name = ledger_name(options_.ledger_name, index);
    shards_.push_back(std::make_unique<Shard>(index, std::move(own), around_, now));
  }
}

ShardIndex Engine::shard_of(ScopeKind kind, std::string_view namespace_name) const {
  if (!is_sharded() || kind == ScopeKind::cluster) return kFirstShard;
  return 1 + keyed_hash({}, 0, namespace_name) % (shards_.size() - 1);
}

bool Engine::is_needed(ShardIndex shard) const {
  return !is_sharded() || (shard == kFirstShard ? cluster_limits_ : namespace_limits_);
}

template <class Use>
void Engine::for_shards_of(std::string_view namespace_name, Use use) {
  use(*shards_.front());
  if (is_sharded()) use(*shards_[shard_of(ScopeKind::name_space, namespace_name)]);
}

std::vector<WatchIndex> Engine::select(std::shared_ptr<const Selection> selection, Time now) {
  for (const auto& shard : shards_) shard->forget_confirmations();
  ++around_.epoch;
  auto fresh = around_.view.set_plan(WatchPlan::make(*selection, around_.view.plan()));
  around_.view.inventory().select(selection);
  around_.covering.clear();
  cluster_limits_ = namespace_limits_ = false;
  for (std::uint32_t policy = 0; policy < selection->policies().policies.size(); ++policy) {
    around_.covering.push_back(around_.view.plan().covering(selection->policies().policies[policy]));
    for (const auto& limit : selection->limits(policy))
      (limit.scope == ScopeKind::cluster ? cluster_limits_ : namespace_limits_) = true;
  }
  around_.selection = std::move(selection);
  for (const auto& shard : shards_) shard->selected(now);
  collect(now);
  return fresh;
}

void Engine::show_namespace(const std::string& name, const NamespaceLabels& labels, Time now) {
  if (!around_.selection->namespaces().changes(name, labels)) return;
  std::function<void()> change = [&] { around_.view.inventory().show_namespace(name, labels); };
  for_shards_of(name, [&](Shard& shard) {
    change = [&shard, &name, inner = std::move(change)] { shard.change_namespace(name, inner); };
  });
  change();
  for (auto& [ticket, write] : in_two_steps_) {
    if (write.of_cluster.namespace_name == name) write.epoch = kNoEpoch;
  }
  proceed(now);
}

bool Engine::in_quarantine() const {
  for (ShardIndex index = 0; index < shards_.size(); ++index) {
    if (is_needed(index) && shards_[index]->in_quarantine()) return true;
  }
  return false;
}

bool Engine::has_ledger() const {
  if (around_.other_version) return true;
  for (ShardIndex index = 0; index < shards_.size(); ++index) {
    if (is_needed(index) && !shards_[index]->has_ledger()) return false;
  }
  return around_.may_use_ledgers;
}

Ticket Engine::request(CountedWrite claims, Time now) {
  const auto ticket = ++tickets_;
  const auto first = shard_of(ScopeKind::name_space, claims.namespace_name);
  const auto in_cluster =
      std::stable_partition(claims.claims.begin(), claims.claims.end(),
                            [](const Claim& claim) { return claim.scope.kind != ScopeKind::cluster; });
  if (!is_sharded() || in_cluster == claims.claims.begin()) {
    shards_.front()->request(ticket, std::move(claims), now);
  } else {
    if (in_cluster != claims.claims.end()) {
      auto of_cluster = claims;
      of_cluster.claims.assign(in_cluster, claims.claims.end());
      claims.claims.erase(in_cluster, claims.claims.end());
      in_two_steps_.emplace(ticket, InTwoSteps{first, around_.epoch, std::move(of_cluster), std::nullopt});
    }
    shards_[first]->request(ticket, std::move(claims), now);
  }
  collect(now);
  return ticket;
}

void Engine::cancel(Ticket ticket) {
  in_two_steps_.erase(ticket);
  for (const auto& shard : shards_) shard->cancel(ticket);
}

void Engine::keep(const Subject& subject) {
  for_shards_of(subject.namespace_name, [&](Shard& shard) { shard.keep(subject); });
}

void Engine::changed(const Subject& subject) {
  for_shards_of(subject.namespace_name, [&](Shard& shard) { shard.changed(subject); });
}

ListId Engine::begin_list(WatchIndex watch) {
  return around_.view.begin_list(watch, std::nullopt, true);
}

void Engine::list_shows(ListId list, const Subject& subject, const Stored& stored) {
  keep(subject);
  if (around_.view.list_shows(list, subject, stored)) changed(subject);
}

bool Engine::list_ends(ListId list, std::uint64_t revision, Time now) {
  for (const auto& shard : shards_) shard->list_ended(list, revision);
  const auto end = around_.view.end_list(list, revision, now, [this](const StoredSecret& secret) {
    for_shards_of(secret.subject.namespace_name, [&](Shard& shard) { shard.keep(secret); });
    changed(secret.subject);
  });
  if (end.went_back) revisions_went_back(now);
  if (end.whole) {
    for (const auto& shard : shards_) shard->end_all_seen();
  }
  proceed(now);
  return end.whole && !end.went_back;
}

void Engine::list_failed(ListId list, Time now) {
  around_.view.abandon_list(list);
  proceed(now);
}

void Engine::revisions_went_back(Time now) {
  for (const auto& shard : shards_) {
    shard->revisions_went_back(now);
    shard->take_restoration();
  }
}

bool Engine::takes_event(WatchIndex watch, std::uint64_t revision, Time now) {
  if (revision >= around_.view.revision(watch)) return true;
  revisions_went_back(now);
  collect(now);
  return false;
}

bool Engine::shows(WatchIndex watch, const Subject& subject, const Stored& stored, Time now) {
  if (!takes_event(watch, stored.revision, now)) return false;
  keep(subject);
  around_.view.shows(watch, subject, stored);
  changed(subject);
  proceed(now);
  return true;
}

bool Engine::removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision,
                     Time now) {
  if (!takes_event(watch, revision, now)) return false;
  keep(subject);
  around_.view.removes(watch, subject, uid, revision, now);
  changed(subject);
  proceed(now);
  return true;
}

bool Engine::bookmark(WatchIndex watch, std::uint64_t revision, Time now) {
  if (!takes_event(watch, revision, now)) return false;
  around_.view.bookmark(watch, revision);
  proceed(now);
  return true;
}

void Engine::measured(const Subject& subject, const Stored& stored, Time now) {
  keep(subject);
  if (around_.view.measured(subject, stored)) changed(subject);
  proceed(now);
}

void Engine::ledger_read(ShardIndex shard, const LedgerRead& read, Time now) {
  if (shard == kEarlierLedger) {
    earlier_.read(read);
    look_at_earlier_ledger(now);
  } else {
    shards_[shard]->ledger_read(read, now);
  }
  collect(now);
}

void Engine::ledger_swapped(ShardIndex shard, Swapped swapped, std::string_view config_map, Time now) {
  if (shard == kEarlierLedger) {
    earlier_.swapped(swapped);
    look_at_earlier_ledger(now);
  } else {
    shards_[shard]->ledger_swapped(swapped, config_map, now);
  }
  collect(now);
}

void Engine::marker_written(ShardIndex shard, MarkerId marker, std::optional<std::uint64_t> revision,
                            Time now) {
  shards_[shard]->marker_written(marker, revision, now);
  collect(now);
}

void Engine::name_read(const ReadName& read, std::optional<NameState> state, Time now) {
  shards_[read.shard]->name_read(read, state, now);
  collect(now);
}

void Engine::waited(ShardIndex shard, Time now) {
  shards_[shard]->waited(now);
  collect(now);
}

void Engine::tick(Time now) {
  around_.view.forget_gone_before(now - forgets_before_);
  earlier_.tick(now);
  for (ShardIndex index = 0; index < shards_.size(); ++index) {
    if (is_needed(index)) shards_[index]->tick(now);
  }
  collect(now);
}

// Once it is sealed earlier builds admit nothing more, and what they admitted is settled before any
// quarantine ends that begins from here on.
void Engine::look_at_earlier_ledger(Time now) {
  const bool is_known = around_.may_use_ledgers;
  const bool sealed_anew = is_known && earlier_.seal() != around_.seal;
  around_.other_version = earlier_.has_unknown_format();
  around_.may_use_ledgers = earlier_.settled();
  around_.seal = earlier_.seal();
  if (sealed_anew) revisions_went_back(now);
  if (around_.may_use_ledgers == is_known && !around_.other_version) return;
  for (ShardIndex index = 0; index < shards_.size(); ++index) {
    if (is_needed(index)) shards_[index]->tick(now);
    shards_[index]->proceed(now);
  }
}

void Engine::proceed(Time now) {
  for (const auto& shard : shards_) shard->proceed(now);
  collect(now);
}

void Engine::collect(Time now) {
  bool more = true;
  while (more) {
    more = std::ranges::any_of(shards_, [](const auto& shard) { return shard->take_restoration(); });
    if (more) revisions_went_back(now);
    for (ShardIndex index = 0; index < shards_.size(); ++index) more = collect_from(index, now) || more;
  }
}

// True if there was something.
bool Engine::collect_from(ShardIndex shard, Time now) {
  if (shards_[shard]->nothing_to_take()) return false;
  for (auto& effect : shards_[shard]->take_effects()) {
    std::visit([shard](auto& each) { each.shard = shard; }, effect);
    effects_.push_back(std::move(effect));
  }
  for (auto& decision : shards_[shard]->take_decisions()) decided(std::move(decision), now);
  return true;
}

void Engine::decided(Decision decision, Time now) {
  const auto found = in_two_steps_.find(decision.ticket);
  if (found == in_two_steps_.end()) {
    decisions_.push_back(std::move(decision));
    return;
  }
  auto& write = found->second;
  const bool first = !write.decided;
  if (first && decision.answer == Answer::allowed && write.epoch == around_.epoch) {
    write.decided = std::move(decision);
    shards_.front()->request(write.decided->ticket, write.of_cluster, now);
    return;
  }
  if (first && decision.answer == Answer::allowed) {
    decision.answer = Answer::unknown;
    decision.why = Unknown::policies_changed;
  }
  auto whole = std::move(write);
  in_two_steps_.erase(found);
  finish(std::move(whole), std::move(decision), now);
}

void Engine::finish(InTwoSteps write, Decision decision, Time now) {
  if (write.decided) {
    if (decision.answer == Answer::denied)
      shards_[write.first]->withdraw(write.of_cluster, write.decided->reservation, now);
    if (decision.why == Unknown::no) decision.why = write.decided->why;
    decision.usages.insert(decision.usages.begin(), std::make_move_iterator(write.decided->usages.begin()),
                           std::make_move_iterator(write.decided->usages.end()));
  }
  decisions_.push_back(std::move(decision));
}

}  // namespace hygiene::counting
