#include "counting/shard.hpp"

#include <algorithm>
#include <limits>

namespace hygiene::counting {
namespace {

// Names that are read at once, so that reservations that end together make no storm: of a shard that is the
// only one, and of one among others.
constexpr std::size_t kNameReadsMax = 16;
constexpr std::size_t kNameReadsMaxOfMany = 4;
// How often a ledger is read while a write waits for others to give their blocks back.
constexpr Time kBlocksAgain{100};

}  // namespace

Shard::Shard(ShardIndex index, EngineOptions options, ShardContext& around, Time now)
    : index_(index),
      options_(std::move(options)),
      around_(around),
      view_(around.view),
      at_ledger_read_(view_),
      // The ledger holds those of strict mode to less.
      reservations_(view_.inventory(), around.key,
                    {options_.strict, options_.strict ? std::numeric_limits<std::size_t>::max()
                                                      : options_.reservations_bytes_max}),
      blocks_(options_, reservations_, [this](std::uint32_t policy) { return is_current(policy); }),
      limits_(view_, reservations_, blocks_, at_ledger_read_),
      ledger_(options_, around.seal, view_, reservations_, blocks_, effects_, now),
      confirmations_(options_.strict, view_, ledger_, around.covering, effects_),
      last_call_(keyed_hash({}, 0, options_.replica)) {
  if (!options_.strict && options_.quarantine_at_start) quarantine_since_ = now;
}

void Shard::change_namespace(std::string_view name, const std::function<void()>& change) {
  blocks_.stop(name);
  reservations_.charge_anew_around(name, change);
  for (auto& write : waiting_) write.epoch = write.claims.namespace_name == name ? kNoEpoch : write.epoch;
}

void Shard::forget_confirmations() {
  confirmations_.reset();
  at_ledger_read_.end();
}

void Shard::selected(Time now) {
  blocks_.select(around_.selection);
  reservations_.select(around_.selection);
  reservations_.for_each([this](const Reservations::Item& item) { end_seen(item); });
  proceed(now);
}

void Shard::request(Ticket ticket, CountedWrite claims, Time now) {
  if (allowed_at_once(ticket, claims, now)) return;
  if (admitted_in_block(ticket, claims, now)) {
    if (ledger_.blocks_due()) wake_when_due(now);
    return;
  }
  auto& write = waiting_.emplace_back();
  write.ticket = ticket;
  write.arrival = ++arrivals_;
  write.key = key_of(claims);
  write.epoch = around_.epoch;
  write.claims = std::move(claims);
  proceed(now);
}

ReservationKey Shard::key_of(const CountedWrite& claims) {
  return {claims.uid, claims.before, ++last_call_};
}

void Shard::cancel(Ticket ticket) {
  std::erase_if(waiting_, [ticket](const PendingWrite& write) { return write.ticket == ticket; });
  for (auto& write : swapping_) {
    if (write.ticket == ticket) write.ticket = 0;
  }
}

void Shard::withdraw(const CountedWrite& claims, const ReservationKey& key, Time now) {
  ledger_.withdraw({key, claims.namespace_name, claims.name, claims.type, claims.bytes});
  proceed(now);
}

void Shard::revisions_went_back(Time now) {
  if (!options_.strict) {
    quarantine_since_ = now;
    return;
  }
  ledger_.is_newer_than_etcd();
  ask_for_ledger(now);
}

void Shard::waited(Time now) {
  wakes_.reset();
  proceed(now);
}

// Some waits may be under way, each shorter than the one before.
void Shard::wake_at(Time moment, Time now) {
  if (wakes_ && *wakes_ <= moment) return;
  wakes_ = moment;
  effects_.emplace_back(Wait{index_, moment - now});
}

// Nothing else calls when a pace is over.
void Shard::wake_when_due(Time now) {
  if ((!waiting_.empty() || ledger_.owes()) && ledger_.idle() && now < ledger_.next_write())
    wake_at(ledger_.next_write(), now);
  if (const auto due = ledger_.blocks_due(); due && ledger_.usable()) wake_at(std::max(*due, now), now);
  if (needs_blocks_ && ledger_.usable()) wake_at(std::max(ledger_.last_read() + kBlocksAgain, now), now);
  if (const auto next = confirmations_.held_until(); next && *next > now) wake_at(*next, now);
}

void Shard::changed(const Subject& subject) {
  reservations_.refresh(subject.namespace_name, subject.name,
                        [this](const Reservations::Item& item) { return view_.end_of(item.reservation); });
}

void Shard::end_seen(const Reservations::Item& item) {
  if (item.ended) return;
  if (const auto revision = view_.end_of(item.reservation)) reservations_.end(item, *revision);
}

// Those that no event of their name has ended.
void Shard::end_all_seen() {
  const auto visit = [this](const Reservations::Item& item) { end_seen(item); };
  if (options_.strict) {
    reservations_.for_each(visit);
  } else {
    // What ends that of a CREATE is an event of its name, and that was looked at then.
    reservations_.for_each_update(visit);
  }
}

void Shard::name_read(const ReadName& read, const std::optional<NameState>& state, Time now) {
  names_read_ = base::checked_difference(names_read_, 1);
  reservations_.set_asked(read.namespace_name, read.name, false);
  if (state) {
    const auto ends = [&](const Reservations::Item& item) -> std::optional<std::uint64_t> {
      const auto& key = item.reservation.key;
      const bool stored = key.uid == kManyTries ? state->uid != 0 : state->uid == key.uid;
      // No watch of ours will ever show it.
      if (stored && view_.plan().watch_of(item.reservation.type) == view_.plan().watches().size())
        return state->revision;
      if (key.uid == kManyTries && stored) return end_of_tries(item.reservation, state->revision);
      // It is not stored, and after this long never will be. Where it is, the watch shows it.
      if (!stored || (key.before != 0 && state->revision == key.before)) return 0;
      return std::nullopt;
    };
    reservations_.end_seen_by(read.seen_by, read.namespace_name, read.name, ends);
  }
  ask_for_names(now);
  proceed(now);
}

// Any of the tries may be what is stored with this revision: the watches must have come so far before their
// reservation ends.
std::optional<std::uint64_t> Shard::end_of_tries(const ReservationView& tries, std::uint64_t revision) const {
  return view_.revision(view_.plan().watch_of(tries.type)) >= revision ? std::optional(revision)
                                                                       : std::nullopt;
}

void Shard::read_names(Time now) {
  reservations_.look_again();
  ask_for_names(now);
}

// The next is asked for as an answer comes: many writes that failed must not hold their places until their
// turn comes with a tick. What could not be read waits for the next tick.
void Shard::ask_for_names(Time now) {
  const auto due = now - options_.settle;
  const auto most = options_.namespace_ledgers == 0 ? kNameReadsMax : kNameReadsMaxOfMany;
  reservations_.for_each_seen_by(due, [this, due, most](const Reservations::Item& item) {
    if (names_read_ == most) return false;
    // One answer serves all of a name. What is due after it was asked for waits for the next tick.
    if (item.ended || item.asked) return true;
    if (const auto revision = view_.end_of(item.reservation)) {
      // Its call came when the watch had shown the write already.
      reservations_.end(item, *revision);
      return true;
    }
    effects_.emplace_back(ReadName{index_, std::string(item.reservation.namespace_name),
                                   std::string(item.reservation.name), due});
    reservations_.set_asked(item.reservation.namespace_name, item.reservation.name, true);
    ++names_read_;
    return true;
  });
}

void Shard::marker_written(MarkerId marker, std::optional<std::uint64_t> revision, Time now) {
  confirmations_.marker_written(marker, revision);
  proceed(now);
  if (options_.strict) ask_for_ledger(now);
}

void Shard::ledger_read(const LedgerRead& read, Time now) {
  const auto found = ledger_.read(read, now);
  if (found == SharedLedger::Read::taken) {
    end_all_seen();
    if (at_ledger_read_.begun()) finish_reached(now);
  }
  if (found == SharedLedger::Read::taken || found == SharedLedger::Read::unknown_format) proceed(now);
}

void Shard::ledger_swapped(Swapped swapped, std::string_view config_map, Time now) {
  if (!ledger_.swapped(swapped, config_map, now)) {
    give_back_swapping();
    ask_for_ledger(now);
    wake_when_due(now);
    return;
  }
  for (auto& write : std::exchange(swapping_, {})) {
    if (write.ticket != 0) answer(write, Answer::allowed, Unknown::no, std::move(write.usages));
  }
  proceed(now);
  ask_for_ledger(now);
}

// Nothing of their reservations is certain: they ask again, once the ledger is read.
void Shard::give_back_swapping() {
  for (auto& write : std::exchange(swapping_, {})) {
    const auto item = reservations_.find(write.claims.namespace_name, write.claims.name, write.key);
    if (item) reservations_.remove(*item);
    if (write.ticket != 0) waiting_.push_back(std::move(write));
  }
}

void Shard::ask_for_ledger(Time now) {
  if (!around_.may_use_ledgers) return;
  const bool reached = confirmations_.any_reached();
  const bool again = needs_blocks_ && now - ledger_.last_read() >= kBlocksAgain;
  if (ledger_.keep_house(reached || again, now) && reached) at_ledger_read_.begin(confirmations_.seen());
}

void Shard::tick(Time now) {
  end_all_seen();
  read_names(now);
  confirmations_.tick(now);
  proceed(now);
  if (options_.strict) ask_for_ledger(now);
}

void Shard::proceed(Time now) {
  proceeded_ = now;
  if (!waiting_.empty() || ledger_.owes() || ledger_.blocks_due() || !confirmations_.none() ||
      in_quarantine()) {
    advance_confirmations(now);
    decide(now);
    limits_.forget_confirmed();
    // Before the ledger is written: on a busy one a write is under way nearly all the time.
    start_confirmations(now);
    const auto due = ledger_.blocks_due();
    if (ledger_.usable() && (ledger_.has_added() || (due && now >= *due))) ledger_.swap(now);
    wake_when_due(now);
  }
  if (!ledger_.reading()) at_ledger_read_.end();
}

void Shard::advance_confirmations(Time now) {
  confirmations_.advance(now);
  if (options_.strict) {
    // What the watches have come to is confirmed by a read of the ledger that begins now.
    ask_for_ledger(now);
  } else {
    finish_reached(now);
  }
}

void Shard::finish_reached(Time now) {
  for (const auto& confirmation : confirmations_.take_reached(now)) {
    if (!confirmation.ends_quarantine) {
      limits_.confirm(confirmation, options_.strict, options_.strict ? ledger_.known()->version : "");
    } else if (options_.strict) {
      Ledger::Views views;
      for (const auto& check : confirmation.checks)
        views[view_.plan().watches()[check.watch].field_selector] = check.revision;
      ledger_.end_quarantine(confirmation.ledger_id, std::move(views), now);
    } else {
      quarantine_since_.reset();
    }
  }
}

void Shard::start_confirmations(Time now) {
  if (options_.strict && (!confirmations_.none() || !ledger_.usable())) return;
  const Confirmations::Now as_new_as{now, arrivals_, ledger_.reads()};
  bool started = false;
  if (in_quarantine()) {
    started = quarantine_can_end(now);
    if (started) confirmations_.start_of_all(true, as_new_as);
  } else if (options_.strict) {
    started = confirmations_.start_together(as_new_as) || (lagging_ && confirmations_.probe(as_new_as));
  } else {
    started = confirmations_.start_by_namespace(as_new_as);
  }
  // What is settled by now shall not stand in the way.
  if (started) read_names(now);
}

// What was admitted before is stored by now or never will be; what is known must be as new as that.
bool Shard::quarantine_can_end(Time now) const {
  const bool over =
      quarantine_since_ ? now - *quarantine_since_ >= options_.settle : ledger_.quarantine_is_over(now);
  if (!over || !confirmations_.none()) return false;
  for (WatchIndex watch = 0; watch < view_.plan().watches().size(); ++watch) {
    if (!view_.settled(watch)) return false;
  }
  return true;
}

// Why the sums of these claims are not known now; Unknown::no: they are.
Unknown Shard::unknown(const CountedWrite& claims) const {
  if (ledger_.has_unknown_format() || around_.other_version) return Unknown::ledger_format;
  return in_quarantine() ? Unknown::quarantine : limits_.unknown(claims, around_.covering);
}

bool Shard::is_current(std::uint32_t policy) const {
  return std::ranges::all_of(around_.covering[policy], [this](WatchIndex watch) {
    return view_.synced(watch) && view_.revision(watch) >= ledger_.min_view(watch);
  });
}

bool Shard::admitted_in_block(Ticket ticket, const CountedWrite& claims, Time now) {
  if (!options_.strict || !claims.reserves || unknown(claims) != Unknown::no) return false;
  const auto key = key_of(claims);
  if (!ledger_.add_in_block(claims, key, now)) return false;
  ++arrivals_;
  decisions_.push_back({ticket, Answer::allowed, Unknown::no, limits_.usages(claims), key});
  return true;
}

// What is never denied need not wait for a count, nor in local mode what fits for its turn.
bool Shard::allowed_at_once(Ticket ticket, const CountedWrite& claims, Time now) {
  Decision decision;
  decision.ticket = ticket;
  decision.why = unknown(claims);
  if (claims.may_be_denied() && (options_.strict || decision.why != Unknown::no)) return false;
  decision.usages = limits_.usages(claims);
  if (std::ranges::any_of(decision.usages,
                          [](const LimitUsage& usage) { return usage.claim.can_deny() && usage.exceeded(); }))
    return false;
  ++arrivals_;
  if (claims.reserves) reserve(claims, key_of(claims), decision, now);
  decisions_.push_back(std::move(decision));
  // It made no room for those that wait: they are looked at for what time brings only.
  if (now != proceeded_ || ledger_.owes()) proceed(now);
  return true;
}

void Shard::reserve(const CountedWrite& claims, const ReservationKey& key, Decision& decision, Time now) {
  const ReservationView reservation{key, claims.namespace_name, claims.name, claims.type, claims.bytes};
  decision.reservation = key;
  if (options_.strict) return ledger_.owe(reservation);
  if (reservations_.add(reservation, now, ledger_.next_read())) return;
  decision.why = Unknown::no_room;
  if (claims.may_be_denied()) decision.answer = Answer::unknown;
}

// True if the watch of one of its scopes has not come as far as the ledger says that it must.
bool Shard::lags(const PendingWrite& write) const {
  return options_.strict && !std::ranges::all_of(write.claims.claims, [this](const Claim& claim) {
           return is_current(claim.scope.policy);
         });
}

bool Shard::decided_without_count(const PendingWrite& write) {
  const bool other_policies = write.epoch != around_.epoch;
  const auto why = other_policies ? Unknown::policies_changed : unknown(write.claims);
  if (why == Unknown::no) return false;
  answer(write, Answer::unknown, why, other_policies ? LimitUsages() : limits_.usages(write.claims));
  return true;
}

void Shard::decide(Time now) {
  const bool may_write = options_.strict && ledger_.usable() && now >= ledger_.next_write();
  if (may_write) ledger_.add_owed(now);
  // Between two writes of the ledger only what was confirmed is looked at: it holds for this moment.
  const bool confirmed = ledger_.usable() && limits_.has_confirmed();
  const bool nothing_known = ledger_.in_quarantine() || ledger_.has_unknown_format() || around_.other_version;
  const bool decides = !options_.strict || may_write || confirmed || nothing_known;
  if (!waiting_.empty() && !decides) return;
  blocks_.want_no_room();
  needs_blocks_ = false;
  if (waiting_.empty()) return;
  confirmations_.want_nothing();
  lagging_ = false;
  std::vector<PendingWrite> kept, ready;
  for (auto& write : std::exchange(waiting_, {})) {
    if (decided_without_count(write)) continue;
    const bool waits = lags(write);
    lagging_ = lagging_ || waits;
    (waits ? kept : ready).push_back(std::move(write));
  }
  for (auto& write : ready) {
    const auto exceeded = limits_.exceeded(write);
    if (options_.strict && write.claims.reserves &&
        reservations_.find(write.claims.namespace_name, write.claims.name, write.key)) {
      // An earlier write of the ledger did it, although its answer was lost.
      answer(write, Answer::allowed, Unknown::no, std::move(write.usages));
    } else if (exceeded.empty() && options_.strict && write.claims.reserves && !may_write) {
      kept.push_back(std::move(write));
    } else if (exceeded.empty()) {
      admit(std::move(write), now);
    } else if (limits_.denies(write, exceeded)) {
      answer(write, Answer::denied, Unknown::no, limits_.usages_as_confirmed(write));
    } else {
      want_room(write, exceeded);
      kept.push_back(std::move(write));
    }
  }
  std::ranges::move(kept, std::back_inserter(waiting_));
}

// A confirmation counts what is named: first all blocks must be gone.
void Shard::want_room(const PendingWrite& write, const std::vector<Claim>& exceeded) {
  const auto& in = write.claims.namespace_name;
  for (const auto& claim : exceeded) {
    if (blocks_.held(claim.scope, in).count == 0) {
      confirmations_.want(claim.scope, in, write.arrival);
    } else {
      blocks_.make_room(claim.scope, in);
      needs_blocks_ = true;
    }
  }
}

void Shard::admit(PendingWrite write, Time now) {
  const auto& claims = write.claims;
  write.usages = limits_.usages(claims);
  if (!claims.reserves || !options_.strict) {
    answer(write, Answer::allowed, Unknown::no, std::move(write.usages));
    if (claims.reserves) reserve(claims, write.key, decisions_.back(), now);
    return;
  }
  const auto why =
      ledger_.add({write.key, claims.namespace_name, claims.name, claims.type, claims.bytes}, now);
  if (why == Unknown::no) {
    blocks_.follow(claims);
    swapping_.push_back(std::move(write));
  } else {
    answer(write, Answer::unknown, why, std::move(write.usages));
  }
}

void Shard::answer(const PendingWrite& write, Answer answer, Unknown why, LimitUsages usages) {
  decisions_.push_back({write.ticket, answer, why, std::move(usages), write.key});
}

}  // namespace hygiene::counting
