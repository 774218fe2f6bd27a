#include "counting/shared_ledger.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace hygiene::counting {
namespace {

// Where nobody asks, reservations that ended are dropped, and those of others looked at, this often.
constexpr Time kHousekeeping{10'000};
// The views of a plan of 17 watches take 2 KiB with types of usual length, 17 KiB with types of 500 bytes.
constexpr std::size_t kViewsMax = 32;
constexpr std::size_t kViewsBytesMax = 30 * 1024;
// Room for what is no reservation: the views, and some 600 bytes of names and of the words around them.
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

SharedLedger::Read SharedLedger::read(const LedgerRead& read, Time now) {
  base::invariant(reading_, "a read of the ledger is answered once");
  reading_ = false;
  last_read_ = now;
  if (read.kind == LedgerRead::Kind::failed) return Read::failed;
  must_read_ = false;
  if (read.kind == LedgerRead::Kind::missing) {
    known_.reset();
    make_anew({});
    return Read::made_anew;
  }
  auto ledger = parse_ledger(read.config_map);
  if (!ledger) {
    known_.reset();
    make_anew(ledger_version(read.config_map));
    return Read::made_anew;
  }
  take(std::move(*ledger), now);
  if (!std::exchange(newer_than_etcd_, false)) return Read::taken;
  make_anew(known_->version);
  return Read::made_anew;
}

void SharedLedger::take(Ledger ledger, Time now) {
  const auto read = next_read();
  std::set<ReservationKey> keys;
  bytes_ = 0;
  for (const auto& reservation : ledger.entries) {
    bytes_ += ledger_bytes(reservation.view());
    if (!keys.insert(reservation.key).second || reservations_.find(reservation.view())) continue;
    reservations_.add(reservation.view(), now, read);
  }
  reservations_.remove_if(
      [&keys](const Reservations::Item& item) { return !keys.contains(item.reservation.key); });
  ledger.entries.clear();
  note_quarantine(ledger, now);
  known_ = std::move(ledger);
}

// It lasts from when this replica first saw that ledger in quarantine.
void SharedLedger::note_quarantine(const Ledger& ledger, Time now) {
  if (!ledger.in_quarantine || ledger.id == quarantine_id_) return;
  quarantine_id_ = ledger.id;
  quarantine_since_ = now;
}

// What it held is lost: nothing is known until all that it may have held is settled.
void SharedLedger::make_anew(std::string version) {
  Ledger ledger;
  ledger.version = std::move(version);
  ledger.id = options_.replica + "." + std::to_string(++made_);
  ledger.in_quarantine = true;
  write(std::move(ledger));
}

void SharedLedger::write(Ledger ledger) {
  base::invariant(idle(), "one read or write of the ledger is under way at a time");
  effects_.emplace_back(SwapLedger{ledger.version.empty(),
                                   render_ledger(ledger, options_.ledger_namespace, options_.ledger_name)});
  ledger.entries.clear();
  written_ = std::move(ledger);
}

void SharedLedger::end_quarantine(const std::string& id, Ledger::Views views) {
  if (!known_->in_quarantine || known_->id != id) return;
  Ledger ended = *known_;
  ended.in_quarantine = false;
  ended.min_views = std::move(views);
  write(std::move(ended));
}

bool SharedLedger::add(const ReservationView& reservation, Time now) {
  if (bytes_ + ledger_bytes(reservation) + kRoomForOthers > kLedgerBytesMax) return false;
  bytes_ += ledger_bytes(reservation);
  return reservations_.add(reservation, now, reads_ + 1);
}

void SharedLedger::swap() {
  Ledger next = *known_;
  reservations_.for_each([&](const Reservations::Item& item) {
    reservations_.leave_out(item, item.ended.has_value());
    if (!item.ended) {
      next.entries.push_back(Reservation::of(item.reservation));
      return;
    }
    if (*item.ended == 0) return;
    const auto watch = view_.plan().watch_of(item.reservation.type);
    const auto& watches = view_.plan().watches();
    const std::string selector(watch < watches.size() ? std::string_view(watches[watch].field_selector)
                                                      : kOtherSelectors);
    auto& view = next.min_views[selector];
    view = std::max(view, *item.ended);
  });
  bound_views(next.min_views);
  write(std::move(next));
}

bool SharedLedger::swapped(Swapped swapped, std::string_view config_map, Time now) {
  base::invariant(written_.has_value(), "a write of the ledger is answered once");
  auto written = *std::exchange(written_, std::nullopt);
  written.version = swapped == Swapped::done ? ledger_version(config_map) : std::string();
  if (written.version.empty()) {
    must_read_ = true;
    reservations_.for_each([this](const Reservations::Item& item) { reservations_.leave_out(item, false); });
    return false;
  }
  next_read();
  last_read_ = now;
  const bool lost = written.in_quarantine || in_quarantine();
  reservations_.remove_if([lost](const Reservations::Item& item) { return lost || item.left_out; });
  note_quarantine(written, now);
  known_ = std::move(written);
  bytes_ = 0;
  reservations_.for_each(
      [this](const Reservations::Item& item) { bytes_ += ledger_bytes(item.reservation); });
  return true;
}

std::uint64_t SharedLedger::min_view(WatchIndex watch) const {
  if (!known_) return 0;
  std::uint64_t least = 0;
  const auto& watches = view_.plan().watches();
  for (const auto& [selector, revision] : known_->min_views) {
    // One of a plan that we do not have may be about what any of our watches shows.
    const auto own = std::ranges::find(watches, selector, &Watch::field_selector);
    if (own == watches.end() || own == watches.begin() + static_cast<std::ptrdiff_t>(watch))
      least = std::max(least, revision);
  }
  return least;
}

bool SharedLedger::keep_house(bool must_read, Time now) {
  if (!idle()) return false;
  must_read = must_read || !usable();
  if (!must_read && now - last_read_ < kHousekeeping) return false;
  bool ended = false;
  reservations_.for_each(
      [&ended](const Reservations::Item& item) { ended = ended || item.ended.has_value(); });
  if (!must_read && !in_quarantine() && ended) {
    swap();
    return false;
  }
  reading_ = true;
  effects_.emplace_back(ReadLedger{});
  return true;
}

}  // namespace hygiene::counting
