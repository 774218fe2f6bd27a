#include "counting/engine.hpp"

#include <algorithm>

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
    : options_(std::move(options)), view_(key), cooling_since_(now), last_reading_(now) {
  cooling_ = !options_.strict && options_.cool_at_start;
}

std::vector<WatchIndex> Engine::select(std::shared_ptr<const Selection> selection, Time now) {
  for (const auto& round : rounds_) abandon(round);
  rounds_.clear();
  wanted_.clear();
  last_rounds_.clear();
  selection_ = std::move(selection);
  ++epoch_;
  auto fresh = view_.set_plan(WatchPlan::make(*selection_, view_.plan()));
  view_.inventory().select(selection_);
  book_.select(selection_);
  covering_.clear();
  for (const auto& policy : selection_->policies().policies)
    covering_.push_back(view_.plan().covering(policy));
  settle_decided();
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

Ticket Engine::request(Claims claims, Time now) {
  Pending pending;
  pending.ticket = pending.arrival = ++arrivals_;
  pending.key = {claims.uid, claims.before, new_id()};
  pending.epoch = epoch_;
  pending.claims = std::move(claims);
  const auto ticket = pending.ticket;
  waiting_.push_back(std::move(pending));
  proceed(now);
  return ticket;
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
  if (view_.list_shows(list, subject, stored)) changed(subject);
}

bool Engine::list_ends(ListId list, std::uint64_t revision, Time now) {
  for (auto& round : rounds_) {
    for (auto& leg : round.legs) {
      if (leg.by_list && leg.id == list && view_.current(list))
        leg = {leg.watch, true, true, true, list, revision, 0};
    }
  }
  const auto end =
      view_.end_list(list, revision, now, [this](const StoredSecret& secret) { changed(secret.subject); });
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
  view_.shows(watch, subject, stored);
  changed(subject);
  proceed(now);
}

void Engine::removes(WatchIndex watch, const Subject& subject, std::uint64_t uid, std::uint64_t revision,
                     Time now) {
  view_.removes(watch, subject, uid, revision, now);
  changed(subject);
  proceed(now);
}

void Engine::bookmark(WatchIndex watch, std::uint64_t revision, Time now) {
  view_.bookmark(watch, revision);
  proceed(now);
}

void Engine::measured(const Subject& subject, const Stored& stored, Time now) {
  if (view_.measured(subject, stored)) changed(subject);
  proceed(now);
}

void Engine::changed(const Subject& subject) {
  const auto items = book_.refresh(subject.namespace_name, subject.name);
  std::vector<Entry> ended;
  for (auto* item : items) {
    settle(*item);
    if (!options_.strict && item->decided) ended.push_back(item->entry);
  }
  for (const auto& entry : ended) book_.remove(entry);
}

void Engine::settle(Book::Item& item) {
  if (item.decided) return;
  if (const auto revision = view_.decides(item.entry)) book_.decide(item, *revision);
}

void Engine::settle_decided() {
  book_.for_each([this](Book::Item& item) { settle(item); });
  if (!options_.strict) book_.remove_if([](const Book::Item& item) { return item.decided.has_value(); });
}

void Engine::name_read(const ReadName& read, std::optional<NameState> state, Time now) {
  --names_read_;
  ask_for_names();
  auto* item = book_.find(read.namespace_name, read.name, read.key);
  if (item == nullptr) return;
  item->asked = false;
  if (!state) return;
  const bool stored = state->uid == read.key.uid;
  if (stored && view_.plan().watch_of(item->entry.type) == view_.plan().watches().size()) {
    // No watch of ours will ever show it.
    book_.decide(*item, state->revision);
  } else if (!stored || (read.key.before != 0 && state->revision == read.key.before)) {
    // It is not stored, and after this long never will be. Where it is, the watch shows it.
    book_.decide(*item, 0);
  }
  if (!options_.strict && item->decided) book_.remove(Entry(item->entry));
  proceed(now);
}

void Engine::read_names(Time now) {
  book_.for_each_seen_by(now - options_.settle, [this](Book::Item& item) {
    if (item.decided || item.asked) return;
    item.asked = true;
    names_wanted_.push_back({item.entry.namespace_name, item.entry.name, item.entry.key});
  });
  ask_for_names();
}

// One after the other as answers come: many writes that failed must not hold their places until their turn
// comes with a tick.
void Engine::ask_for_names() {
  while (names_read_ < kNameReadsMax && !names_wanted_.empty()) {
    ReadName read = std::move(names_wanted_.front());
    names_wanted_.pop_front();
    const auto* item = book_.find(read.namespace_name, read.name, read.key);
    if (item == nullptr || item->decided) continue;
    ++names_read_;
    effects_.emplace_back(std::move(read));
  }
}

void Engine::tick(Time now) {
  view_.forget_gone_before(now - options_.settle);
  // In local mode what decides a CREATE is an event of its name, and that was looked at then.
  if (options_.strict || book_.updates() != 0) settle_decided();
  read_names(now);
  std::erase_if(last_rounds_, [now](const auto& last) { return now - last.second >= Time(1000); });
  proceed(now);
  if (options_.strict) read_or_write_ledger(now);
}

void Engine::proceed(Time now) {
  if (waiting_.empty() && rounds_.empty() && !cooling()) return;
  advance_rounds(now);
  decide(now);
  confirmed_.clear();
  start_rounds(now);
}

}  // namespace hygiene::counting
