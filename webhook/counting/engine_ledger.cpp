// The shared ledger: read, compare and swap, and what follows from what it says.
#include <algorithm>
#include <limits>
#include <set>

#include "counting/engine.hpp"

namespace hygiene::counting {
namespace {

// Where nobody asks, entries that ended are dropped, and those of others looked at, this often.
constexpr Time kHousekeeping{10'000};
// The views of a plan of 17 watches take 2 KiB with types of usual length, 17 KiB with types of 500 bytes.
constexpr std::size_t kViewsMax = 32;
constexpr std::size_t kViewsBytesMax = 30 * 1024;
// Room for what is no entry: the views, and some 600 bytes of names and of the words around them.
constexpr std::size_t kRoomForOthers = kViewsBytesMax + 2 * 1024;
// For watches of plans that are no more, where there are many: it holds for every watch.
constexpr std::string_view kOtherSelectors = "?";

bool few_and_short(const Ledger::Views& views) {
  std::size_t bytes = 0;
  for (const auto& [selector, revision] : views) bytes += ledger_bytes(selector, revision);
  return views.size() <= kViewsMax && bytes <= kViewsBytesMax;
}

// Makes the oldest views part of kOtherSelectors, until those that are left have room.
void bound_views(Ledger::Views& views) {
  const auto age = [](const auto& view) {
    return view.first == kOtherSelectors ? std::numeric_limits<std::uint64_t>::max() : view.second;
  };
  while (!few_and_short(views)) {
    const auto oldest = std::ranges::min_element(views, {}, age);
    auto& others = views[std::string(kOtherSelectors)];
    others = std::max(others, oldest->second);
    views.erase(oldest);
  }
}

}  // namespace

void Engine::ledger_read(const LedgerRead& read, Time now) {
  reading_ = false;
  last_reading_ = now;
  if (read.kind == LedgerRead::Kind::failed) return;  // tick() asks again
  read_wanted_ = false;
  if (read.kind == LedgerRead::Kind::missing) {
    ledger_.reset();
    make_ledger_anew({});
    return;
  }
  auto ledger = parse_ledger(read.config_map);
  if (!ledger) {
    ledger_.reset();
    make_ledger_anew(ledger_version(read.config_map));
    return;
  }
  take_ledger(std::move(*ledger), now);
  if (ahead_) {
    ahead_ = false;
    make_ledger_anew(ledger_->version);
    return;
  }
  for (auto& round : rounds_) {
    if (past_.begun() && reached(round)) finish(round);
  }
  std::erase_if(rounds_, [](const Round& round) { return round.done; });
  proceed(now);
}

void Engine::take_ledger(Ledger ledger, Time now) {
  ++readings_;
  std::set<EntryKey> keys;
  ledger_bytes_ = 0;
  for (const auto& entry : ledger.entries) {
    ledger_bytes_ += ledger_bytes(entry.view());
    if (!keys.insert(entry.key).second || book_.find(entry.view())) continue;
    book_.add(entry.view(), now, readings_);
  }
  book_.remove_if([&keys](const Book::Item& item) { return !keys.contains(item.entry.key); });
  ledger.entries.clear();
  if (ledger.cooling && ledger.id != cooling_id_) {
    cooling_id_ = ledger.id;
    cooling_since_ = now;
  }
  ledger_ = std::move(ledger);
  settle_decided();
}

// What it held is lost: nothing is known until all that it may have held is settled.
void Engine::make_ledger_anew(const std::string& version) {
  Ledger ledger;
  ledger.version = version;
  ledger.id = new_id();
  ledger.cooling = true;
  swap(std::move(ledger));
}

void Engine::swap(Ledger ledger) {
  effects_.emplace_back(SwapLedger{ledger.version.empty(),
                                   render_ledger(ledger, options_.ledger_namespace, options_.ledger_name)});
  ledger.entries.clear();
  written_ = std::move(ledger);
}

// What the ledger becomes: without what is decided, with what was admitted meanwhile.
Ledger Engine::next_ledger() {
  Ledger next = *ledger_;
  book_.for_each([&](const Book::Item& item) {
    book_.leave_out(item, item.decided.has_value());
    if (!item.decided) {
      next.entries.push_back(Entry::of(item.entry));
      return;
    }
    if (*item.decided == 0) return;
    const auto watch = view_.plan().watch_of(item.entry.type);
    const auto& watches = view_.plan().watches();
    const std::string selector(watch < watches.size() ? std::string_view(watches[watch].field_selector)
                                                      : kOtherSelectors);
    auto& view = next.min_views[selector];
    view = std::max(view, *item.decided);
  });
  bound_views(next.min_views);
  return next;
}

void Engine::ledger_swapped(Swapped swapped, std::string_view config_map, Time now) {
  if (!written_) return;
  auto written = *std::exchange(written_, std::nullopt);
  const auto version = swapped == Swapped::done ? ledger_version(config_map) : std::string();
  if (version.empty()) {
    give_back_swapped();
    read_wanted_ = true;
    read_or_write_ledger(now);
    return;
  }
  ++readings_;
  last_reading_ = now;
  written.version = version;
  if (written.cooling || (ledger_ && ledger_->cooling)) {
    book_.remove_if([](const Book::Item&) { return true; });
    if (written.cooling) {
      cooling_id_ = written.id;
      cooling_since_ = now;
    }
  }
  ledger_ = std::move(written);
  ledger_bytes_ = 0;
  book_.remove_if([](const Book::Item& item) { return item.left_out; });
  book_.for_each([this](const Book::Item& item) { ledger_bytes_ += ledger_bytes(item.entry); });
  for (auto& pending : std::exchange(swapping_, {})) {
    if (pending.ticket != 0) answer(pending, Answer::allowed, Unknown::no, std::move(pending.readings));
  }
  proceed(now);
  read_or_write_ledger(now);
}

// Nothing of it is certain: they ask again, after a reading.
void Engine::give_back_swapped() {
  for (auto& pending : swapping_) {
    const auto item = book_.find(pending.claims.namespace_name, pending.claims.name, pending.key);
    if (item) book_.remove(*item);
    if (pending.ticket != 0) waiting_.push_back(std::move(pending));
  }
  swapping_.clear();
  book_.for_each([this](const Book::Item& item) { book_.leave_out(item, false); });
}

bool Engine::has_room(const EntryView& entry) const {
  return ledger_bytes_ + ledger_bytes(entry) + kRoomForOthers <= kLedgerBytesMax;
}

std::uint64_t Engine::min_view(WatchIndex watch) const {
  std::uint64_t least = 0;
  const auto& watches = view_.plan().watches();
  for (const auto& [selector, revision] : ledger_->min_views) {
    // One of a plan that we do not have may be about what any of our watches shows.
    const auto own = std::ranges::find(watches, selector, &Watch::field_selector);
    if (own == watches.end() || own == watches.begin() + static_cast<std::ptrdiff_t>(watch))
      least = std::max(least, revision);
  }
  return least;
}

void Engine::read_or_write_ledger(Time now) {
  if (written_ || reading_) return;
  const bool round_ends = std::ranges::any_of(rounds_, [this](const Round& round) { return reached(round); });
  const bool idle = now - last_reading_ >= kHousekeeping;
  if (!ledger_ || read_wanted_ || ahead_ || round_ends || (idle && !ledger_->cooling && book_.size() == 0) ||
      (idle && ledger_->cooling)) {
    reading_ = true;
    effects_.emplace_back(ReadLedger{});
    if (round_ends) past_.begin(seen());
    return;
  }
  bool decided = false;
  book_.for_each([&decided](const Book::Item& item) { decided = decided || item.decided; });
  if (!idle) return;
  if (decided) {
    swap(next_ledger());
  } else {
    reading_ = true;
    effects_.emplace_back(ReadLedger{});
  }
}

}  // namespace hygiene::counting
