#include "counting/engine.hpp"

#include <algorithm>
#include <limits>

namespace hygiene::counting {
namespace {

// Names that are read at once, so that entries that end together make no storm.
constexpr std::size_t kNameReadsMax = 16;

}  // namespace

std::string_view to_string(Unknown why) {
  switch (why) {
    case Unknown::no:
      return "known";
    case Unknown::not_synced:
      return "not_synced";
    case Unknown::cooling:
      return "cooling";
    case Unknown::unmeasured:
      return "unmeasured";
    case Unknown::no_room:
      return "no_room";
    case Unknown::policies_changed:
      return "policies_changed";
    case Unknown::too_late:
      return "too_late";
  }
  return "unknown";
}

Engine::Engine(EngineOptions options, HashKey key, Time now)
    : options_(std::move(options)),
      view_(key),
      past_(view_),
      // The ledger holds those of strict mode to less.
      book_(view_.inventory(), key,
            {options_.strict,
             options_.strict ? std::numeric_limits<std::size_t>::max() : options_.entries_bytes_max}),
      last_call_(keyed_hash({}, 0, options_.replica)),
      cooling_since_(now),
      last_reading_(now) {
  cooling_ = !options_.strict && options_.cool_at_start;
}

std::vector<WatchIndex> Engine::select(std::shared_ptr<const Selection> selection, Time now) {
  for (const auto& round : rounds_) abandon(round);
  rounds_.clear();
  wanted_.clear();
  past_.end();
  last_rounds_.clear();
  selection_ = std::move(selection);
  ++epoch_;
  auto fresh = view_.set_plan(WatchPlan::make(*selection_, view_.plan()));
  view_.inventory().select(selection_);
  book_.select(selection_);
  covering_.clear();
  for (const auto& policy : selection_->policies().policies)
    covering_.push_back(view_.plan().covering(policy));
  book_.for_each([this](const Book::Item& item) { settle(item); });
  proceed(now);
  return fresh;
}

Tally Engine::used(ScopeId scope) const {
  auto tally = view_.inventory().tally(scope);
  const auto reserved = book_.reserved(scope);
  tally.count += reserved.count;
  tally.bytes += reserved.bytes;
  return tally;
}

bool Engine::cooling() const {
  if (options_.strict) return ledger_ && ledger_->cooling;
  return cooling_;
}

Ticket Engine::request(const Claims& claims, Time now) {
  if (allowed_at_once(claims, now)) return arrivals_;
  const auto ticket = ++arrivals_;
  Pending pending;
  pending.ticket = pending.arrival = ticket;
  pending.key = key_of(claims);
  pending.epoch = epoch_;
  pending.claims = claims;
  waiting_.push_back(std::move(pending));
  proceed(now);
  return ticket;
}

EntryKey Engine::key_of(const Claims& claims) {
  return {claims.uid, claims.before, ++last_call_};
}

void Engine::cancel(Ticket ticket) {
  std::erase_if(waiting_, [ticket](const Pending& pending) { return pending.ticket == ticket; });
  for (auto& pending : swapping_) {
    if (pending.ticket == ticket) pending.ticket = 0;
  }
}

ListId Engine::begin_list(WatchIndex watch) {
  return view_.begin_list(watch, std::nullopt, true);
}

void Engine::list_shows(ListId list, const Subject& subject, const Stored& stored) {
  past_.keep(subject);
  if (view_.list_shows(list, subject, stored)) changed(subject);
}

bool Engine::list_ends(ListId list, std::uint64_t revision, Time now) {
  for (auto& round : rounds_) {
    for (auto& leg : round.legs) {
      if (!leg.by_list || leg.id != list || !view_.current(list)) continue;
      leg.reached = true;
      leg.revision = revision;
      note_revision(leg);
    }
  }
  const auto end = view_.end_list(list, revision, now, [this](const StoredSecret& secret) {
    past_.keep(secret);
    changed(secret.subject);
  });
  // What jumped over a moment tells of names that it does not show.
  if (end.whole) settle_decided();
  proceed(now);
  return end.whole && !end.went_back;
}

void Engine::list_failed(ListId list, Time now) {
  view_.abandon_list(list);
  proceed(now);
}

void Engine::shows(WatchIndex watch, const Subject& subject, const Stored& stored, Time now) {
  past_.keep(subject);
  view_.shows(watch, subject, stored);
  changed(subject);
  proceed(now);
}

void Engine::removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision,
                     Time now) {
  past_.keep(subject);
  view_.removes(watch, subject, uid, revision, now);
  changed(subject);
  proceed(now);
}

void Engine::bookmark(WatchIndex watch, std::uint64_t revision, Time now) {
  view_.bookmark(watch, revision);
  proceed(now);
}

void Engine::measured(const Subject& subject, const Stored& stored, Time now) {
  past_.keep(subject);
  if (view_.measured(subject, stored)) changed(subject);
  proceed(now);
}

void Engine::changed(const Subject& subject) {
  book_.refresh(subject.namespace_name, subject.name,
                [this](const Book::Item& item) { return view_.decides(item.entry); });
}

void Engine::settle(const Book::Item& item) {
  if (item.decided) return;
  if (const auto revision = view_.decides(item.entry)) book_.decide(item, *revision);
}

// Those that no event of their name has decided.
void Engine::settle_decided() {
  const auto visit = [this](const Book::Item& item) { settle(item); };
  if (options_.strict) {
    book_.for_each(visit);
  } else {
    // What decides a CREATE is an event of its name, and that was looked at then.
    book_.for_each_update(visit);
  }
}

void Engine::name_read(const ReadName& read, std::optional<NameState> state, Time now) {
  --names_read_;
  book_.set_asked(read.namespace_name, read.name, false);
  if (state) {
    const auto decides = [&](const Book::Item& item) -> std::optional<std::uint64_t> {
      const auto& key = item.entry.key;
      const bool stored = state->uid == key.uid;
      // No watch of ours will ever show it.
      if (stored && view_.plan().watch_of(item.entry.type) == view_.plan().watches().size())
        return state->revision;
      // It is not stored, and after this long never will be. Where it is, the watch shows it.
      if (!stored || (key.before != 0 && state->revision == key.before)) return 0;
      return std::nullopt;
    };
    book_.decide_seen_by(read.seen_by, read.namespace_name, read.name, decides);
  }
  ask_for_names(now);
  proceed(now);
}

void Engine::read_names(Time now) {
  book_.look_again();
  ask_for_names(now);
}

// One after the other as answers come: many writes that failed must not hold their places until their turn
// comes with a tick. What could not be read waits for the next.
void Engine::ask_for_names(Time now) {
  const auto due = now - options_.settle;
  book_.for_each_seen_by(due, [this, due](const Book::Item& item) {
    if (names_read_ == kNameReadsMax) return false;
    // One answer for all of a name. What is due after it was asked for waits for the next tick.
    if (item.decided || item.asked) return true;
    if (const auto revision = view_.decides(item.entry)) {
      // Its call came when the watch had shown the write already.
      book_.decide(item, *revision);
      return true;
    }
    effects_.emplace_back(
        ReadName{std::string(item.entry.namespace_name), std::string(item.entry.name), due});
    book_.set_asked(item.entry.namespace_name, item.entry.name, true);
    ++names_read_;
    return true;
  });
}

void Engine::tick(Time now) {
  // Another replica drops the entry of a uid that is gone after `settle` at the latest, with its next write
  // of the ledger, and that is read here later still.
  view_.forget_gone_before(now - 2 * options_.settle);
  settle_decided();
  read_names(now);
  std::erase_if(last_rounds_, [now](const auto& last) { return now - last.second >= Time(1000); });
  proceed(now);
  if (options_.strict) read_or_write_ledger(now);
}

void Engine::proceed(Time now) {
  proceeded_ = now;
  if (!waiting_.empty() || !rounds_.empty() || cooling()) {
    advance_rounds(now);
    decide(now);
    confirmed_.clear();
    start_rounds(now);
  }
  if (!reading_) past_.end();
}

}  // namespace hygiene::counting
