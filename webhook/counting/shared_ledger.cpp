#include "counting/shared_ledger.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace hygiene::counting {
namespace {

// Where nobody asks, reservations that ended are dropped, and those of others looked at, this often.
constexpr Time kHousekeeping{10'000};
// Reservations that are owed, about 400 KiB of them. Beyond it other replicas count such a write once their
// watches show it stored.
constexpr std::size_t kOwedMax = 1'024;
// How often a ledger of an unknown format is read again.
constexpr Time kUnknownFormatAgain{1'000};
// The pace of writes: at least so long between two, and so long for the bytes that were written, 1 MB/s.
constexpr Time kWritesApartMin{10};
constexpr std::size_t kBytesPerMillisecond = 1'000;
// After so many conflicts in a row the pause is no longer doubled: it is then 320 ms at most.
constexpr unsigned kDoublingsMax = 5;
// The pause that leaves others their turn, of a write that took long.
constexpr Time kTurnMax{320};
// The views of a plan of 17 watches take 2 KiB with types of usual length, 17 KiB with types of 500 bytes.
constexpr std::size_t kViewsMax = 32;
constexpr std::size_t kViewsBytesMax = 30 * 1024;
// Room for what is no reservation: the views, and some 600 bytes of names and of the words around them.
constexpr std::size_t kRoomForOthers = kViewsBytesMax + 2 * 1024;
// What the reservations of one namespace may take: nobody profits from filling it, and three others have
// room.
constexpr std::size_t kShareMax = (kLedgerBytesMax - kRoomForOthers) / 4;

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
  must_read_ = unknown_format_ = false;
  if (read.kind == LedgerRead::Kind::missing) {
    known_.reset();
    make_anew({}, now);
    return Read::made_anew;
  }
  auto ledger = parse_ledger(read.config_map);
  unknown_format_ = !ledger && ledger.error().code() == Errc::unsupported;
  if (unknown_format_) {
    known_.reset();
    must_read_ = true;
    return Read::unknown_format;
  }
  if (!ledger || (!seal_.empty() && ledger->seal != seal_)) {
    known_.reset();
    make_anew(ledger_version(read.config_map), now);
    return Read::made_anew;
  }
  // It is an older one: etcd was restored.
  if (known_ && revision_number(ledger->version) < revision_number(known_->version)) is_newer_than_etcd();
  take(std::move(*ledger), now);
  if (!std::exchange(newer_than_etcd_, false)) return Read::taken;
  make_anew(known_->version, now);
  return Read::made_anew;
}

void SharedLedger::take(Ledger ledger, Time now) {
  const auto read = next_read();
  std::set<ReservationKey> keys;
  blocks_.take(std::exchange(ledger.blocks, {}), now);
  forget_bytes();
  for (const auto& reservation : ledger.entries) {
    count_bytes(reservation.view());
    if (!keys.insert(reservation.key).second) continue;
    if (const auto item = reservations_.find(reservation.view())) {
      reservations_.put(*item, Reservations::Place::on_its_own);
      if (!renewed_.contains(reservation.key.call)) continue;
      // Another replica may have renewed it to the same number, for a try of its own.
      reservations_.remove(*item);
    }
    if (take_renewed(reservation.view(), now)) continue;
    reservations_.add(reservation.view(), now, read);
  }
  // What stands in a block has no line, but in a ledger that was made anew it has no place.
  const bool is_new = ledger.in_quarantine || !known_ || known_->id != ledger.id;
  reservations_.remove_if([&](const Reservations::Item& item) {
    return !keys.contains(item.reservation.key) && (is_new || item.place == Reservations::Place::on_its_own);
  });
  renewed_.clear();
  ledger.entries.clear();
  note_quarantine(ledger, now);
  known_ = std::move(ledger);
}

// True of a line that is known, but for the tries that were added since. It was in the ledger all the time.
bool SharedLedger::take_renewed(const ReservationView& reservation, Time now) {
  if (reservation.key.uid != kManyTries) return false;
  const auto line = reservations_.find_if(
      reservation.namespace_name, reservation.name, [&](const Reservations::Item& item) {
        return item.reservation.key.uid == kManyTries && item.reservation.key.call == reservation.key.call &&
               !item.ended;
      });
  if (line) reservations_.renew(*line, reservation.key.before, now);
  return line.has_value();
}

// It lasts from when this replica first saw that ledger in quarantine.
void SharedLedger::note_quarantine(const Ledger& ledger, Time now) {
  if (!ledger.in_quarantine || ledger.id == quarantine_id_) return;
  quarantine_id_ = ledger.id;
  quarantine_since_ = now;
}

// What it held is lost: nothing is known until all that it may have held is settled.
void SharedLedger::make_anew(std::string version, Time now) {
  Ledger ledger;
  ledger.version = std::move(version);
  ledger.id = options_.replica + "." + std::to_string(++made_);
  ledger.seal = seal_;
  ledger.in_quarantine = true;
  write(std::move(ledger), now);
}

void SharedLedger::write(Ledger ledger, Time now) {
  base::invariant(idle(), "one read or write of the ledger is under way at a time");
  auto text = render_ledger(ledger, options_.ledger_namespace, options_.ledger_name);
  write_began_ = now;
  next_write_ = now + std::max(kWritesApartMin, Time(text.size() / kBytesPerMillisecond));
  added_ = false;
  effects_.emplace_back(SwapLedger{kFirstShard, options_.ledger_namespace, options_.ledger_name,
                                   ledger.version.empty(), std::move(text)});
  ledger.blocks.clear();
  ledger.entries.clear();
  written_ = std::move(ledger);
}

// Replicas that met once shall not meet again: each waits for another part of the pause.
void SharedLedger::back_off(Time now) {
  const auto half = kWritesApartMin.count() << std::min(conflicts_++, kDoublingsMax - 1);
  const auto part = keyed_hash({}, reads_, options_.replica) % static_cast<std::uint64_t>(half);
  next_write_ = std::max(next_write_, now + Time(half) + Time(part));
}

void SharedLedger::end_quarantine(const std::string& id, Ledger::Views views, Time now) {
  if (!known_->in_quarantine || known_->id != id) return;
  Ledger ended = *known_;
  ended.in_quarantine = false;
  ended.min_views = std::move(views);
  write(std::move(ended), now);
}

void SharedLedger::count_bytes(const ReservationView& reservation) {
  const auto bytes = ledger_bytes(reservation);
  bytes_ += bytes;
  bytes_by_namespace_[std::string(reservation.namespace_name)] += bytes;
}

void SharedLedger::forget_bytes() {
  bytes_ = blocks_.bytes();
  bytes_by_namespace_.clear();
}

std::vector<LedgerShare> SharedLedger::largest_shares(std::size_t most) const {
  std::vector<LedgerShare> shares;
  for (const auto& [name, bytes] : bytes_by_namespace_)
    shares.push_back({name, bytes, static_cast<double>(bytes) / static_cast<double>(kShareMax)});
  const auto end = shares.begin() + static_cast<std::ptrdiff_t>(std::min(most, shares.size()));
  std::ranges::partial_sort(shares, end, std::ranges::greater(), &LedgerShare::bytes);
  shares.erase(end, shares.end());
  return shares;
}

// A try that is not larger than those that a line stands for already renews it.
bool SharedLedger::renew_tries(const ReservationView& reservation, Time now) {
  const auto line = reservations_.find_if(
      reservation.namespace_name, reservation.name, [&](const Reservations::Item& item) {
        return item.reservation.key.uid == kManyTries && !item.ended &&
               item.reservation.type == reservation.type && item.reservation.bytes >= reservation.bytes;
      });
  if (!line) return false;
  reservations_.renew(*line, line->reservation.key.before + 1, now);
  renewed_.insert(line->reservation.key.call);
  return true;
}

Unknown SharedLedger::add(const ReservationView& reservation, Time now) {
  if (renew_tries(reservation, now)) {
    added_ = true;
    return Unknown::no;
  }
  auto line = reservation;
  const bool tried =
      reservations_
          .find_if(line.namespace_name, line.name, [](const Reservations::Item& item) { return !item.ended; })
          .has_value();
  if (tried) line.key = {kManyTries, kFirstTry, line.key.call};
  if (const auto why = room_for(line); why != Unknown::no) return why;
  if (!reservations_.add(line, now, reads_ + 1)) return Unknown::no_room;
  count_bytes(line);
  added_ = true;
  return Unknown::no;
}

Unknown SharedLedger::room_for(const ReservationView& line) const {
  const auto bytes = ledger_bytes(line);
  const auto in = bytes_by_namespace_.find(line.namespace_name);
  if (bytes + (in == bytes_by_namespace_.end() ? 0 : in->second) > kShareMax) return Unknown::no_share;
  return bytes_ + bytes + kRoomForOthers > kLedgerBytesMax ? Unknown::no_room : Unknown::no;
}

// It has its line with the next write of the ledger, and room for that.
bool SharedLedger::add_in_block(const CountedWrite& write, const ReservationKey& key, Time now) {
  if (!known_ || in_quarantine() || newer_than_etcd_) return false;
  const ReservationView line{key, write.namespace_name, write.name, write.type, write.bytes};
  const auto is_open = [](const Reservations::Item& item) { return !item.ended; };
  if (reservations_.find_if(line.namespace_name, line.name, is_open) || room_for(line) != Unknown::no)
    return false;
  if (!blocks_.take_place(write, now) ||
      !reservations_.add(line, now, next_read(), Reservations::Place::in_block))
    return false;
  count_bytes(line);
  return true;
}

void SharedLedger::owe(const ReservationView& reservation) {
  if (owed_.size() < kOwedMax) owed_.push_back({Reservation::of(reservation)});
}

void SharedLedger::withdraw(const ReservationView& reservation) {
  std::erase_if(owed_, [&](const Owed& owed) { return owed.reservation.key == reservation.key; });
  const auto item = reservations_.find(reservation);
  if (item && !item->ended) reservations_.end(*item, 0);
}

void SharedLedger::add_owed(Time now) {
  if (in_quarantine()) return;
  std::erase_if(owed_, [&](Owed& owed) {
    const auto reservation = owed.reservation.view();
    // The ledger holds it already where only the answer was lost that said so.
    owed.writing = !reservations_.find(reservation) && add(reservation, now) == Unknown::no;
    // What was seen stored is written too: the ledger then says how far others must have come to see it.
    const auto ended = view_.end_of(reservation);
    const auto item = reservations_.find(reservation);
    if (owed.writing && ended && item) reservations_.end(*item, *ended);
    return !owed.writing;
  });
}

// Nothing is certain of a write of the ledger that failed.
void SharedLedger::take_back_owed() {
  for (auto& owed : owed_) {
    if (!std::exchange(owed.writing, false)) continue;
    if (const auto item = reservations_.find(owed.reservation.view())) reservations_.remove(*item);
  }
}

void SharedLedger::swap(Time now) {
  Ledger next = *known_;
  reservations_.for_each([&](const Reservations::Item& item) {
    reservations_.leave_out(item, item.ended.has_value());
    if (!item.ended) {
      next.entries.push_back(Reservation::of(item.reservation));
      if (item.place == Reservations::Place::in_block) reservations_.put(item, Reservations::Place::moving);
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
  next.blocks = blocks_.next(next.min_views, now);
  bound_views(next.min_views);
  write(std::move(next), now);
}

bool SharedLedger::swapped(Swapped swapped, std::string_view config_map, Time now) {
  base::invariant(written_.has_value(), "a write of the ledger is answered once");
  auto written = *std::exchange(written_, std::nullopt);
  written.version = swapped == Swapped::done ? ledger_version(config_map) : std::string();
  // A replica that must read before it writes needs about twice as long.
  next_write_ = std::max(next_write_, now + std::min(now - write_began_, kTurnMax));
  if (swapped == Swapped::conflict) back_off(now);
  if (written.version.empty()) {
    must_read_ = true;
    take_back_owed();
    swapped == Swapped::conflict ? blocks_.not_written() : blocks_.may_be_written();
    reservations_.for_each([this](const Reservations::Item& item) {
      reservations_.leave_out(item, false);
      if (item.place == Reservations::Place::moving) reservations_.put(item, Reservations::Place::in_block);
    });
    return false;
  }
  conflicts_ = 0;
  renewed_.clear();
  std::erase_if(owed_, [](const Owed& owed) { return owed.writing; });
  next_read();
  last_read_ = now;
  const bool lost = written.in_quarantine || in_quarantine();
  reservations_.remove_if([lost](const Reservations::Item& item) { return lost || item.left_out; });
  reservations_.for_each([this](const Reservations::Item& item) {
    if (item.place == Reservations::Place::moving) reservations_.put(item, Reservations::Place::on_its_own);
  });
  lost ? blocks_.reset() : blocks_.written(revision_number(written.version));
  note_quarantine(written, now);
  known_ = std::move(written);
  forget_bytes();
  reservations_.for_each([this](const Reservations::Item& item) { count_bytes(item.reservation); });
  return true;
}

std::optional<Time> SharedLedger::blocks_due() const {
  const auto at = blocks_.want_write_at();
  return at ? std::optional(std::max(*at, next_write_)) : std::nullopt;
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
  // What is read now would be old once it may be written: another replica writes all the time.
  if (conflicts_ != 0 && must_read_ && now < next_write_) return false;
  must_read = must_read || !usable();
  if (now - last_read_ < (unknown_format_ ? kUnknownFormatAgain : must_read ? Time(0) : kHousekeeping))
    return false;
  bool ended = false;
  reservations_.for_each(
      [&ended](const Reservations::Item& item) { ended = ended || item.ended.has_value(); });
  if (!must_read && !in_quarantine() && ended) {
    if (now >= next_write_) swap(now);
    return false;
  }
  reading_ = true;
  effects_.emplace_back(ReadLedger{kFirstShard, options_.ledger_namespace, options_.ledger_name});
  return true;
}

}  // namespace hygiene::counting
