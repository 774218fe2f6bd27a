#include "counting/reservations.hpp"

#include <algorithm>

namespace hygiene::counting {

Reservations::Reservations(const Inventory& inventory, HashKey key, ReservationsOptions options)
    : inventory_(inventory), options_(options), store_(key, options.bytes_max) {}

void Reservations::select(std::shared_ptr<const Selection> selection) {
  selection_ = std::move(selection);
  reserved_.clear();
  name_charges_.clear();
  sizes_ = 0;
  for_each([this](const Item& item) {
    const auto name = store_.record(item.number).name;
    if (store_.newest_of(name) == item.number) charge_anew(name);
  });
}

void Reservations::charge_anew_around(std::string_view namespace_name, const std::function<void()>& change) {
  std::vector<Number> names;
  for_each([&](const Item& item) {
    const auto name = store_.record(item.number).name;
    if (item.reservation.namespace_name == namespace_name && store_.newest_of(name) == item.number)
      names.push_back(name);
  });
  for (const auto name : names) forget_charges(name);
  change();
  for (const auto name : names) charge_anew(name);
}

Reservations::Item Reservations::item(Number number) const {
  const auto& record = store_.record(number);
  return {store_.view(number),
          record.first_seen,
          record.first_read,
          is_open(number) ? std::nullopt : std::optional(record.ended),
          store_.asked(record.name),
          record.left_out,
          record.place,
          number};
}

Reservations::Lookup Reservations::look_up(std::string_view namespace_name, std::string_view name,
                                           AsOf as_of) const {
  return {store_.find(namespace_name, name),
          as_of.view ? as_of.view->find(namespace_name, name) : inventory_.find(namespace_name, name), as_of};
}

std::optional<Reservations::Item> Reservations::find(std::string_view namespace_name, std::string_view name,
                                                     const ReservationKey& key) const {
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return std::nullopt;
  auto number = store_.oldest_of(found);
  while (number != kNone && store_.record(number).key != key) number = store_.next_of_name(number);
  return number == kNone ? std::nullopt : std::optional(item(number));
}

std::optional<Reservations::Item> Reservations::find_if(
    std::string_view namespace_name, std::string_view name,
    const std::function<bool(const Item&)>& wanted) const {
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return std::nullopt;
  for (auto number = store_.oldest_of(found); number != kNone; number = store_.next_of_name(number)) {
    if (auto item = this->item(number); wanted(item)) return item;
  }
  return std::nullopt;
}

bool Reservations::add(const ReservationView& reservation, Time now, std::uint64_t read, Place place) {
  if (bytes() >= options_.bytes_max) return false;
  const auto number = store_.add(reservation, now, read);
  if (number == kNone) return false;
  store_.record(number).place = place;
  if (!selection_) return true;
  const auto name = store_.record(number).name;
  if (only(number)) {
    charge_anew(name);
  } else if (auto& all = charges_of(name); add_size(all, number)) {
    recharge(name, all);
  }
  return true;
}

void Reservations::drop(Number number) {
  const auto kind = ReservationMemory::kind_of(store_.record(number).key);
  if (next_visits_[kind] == number) next_visits_[kind] = store_.record(number).newer;
  store_.remove(number);
  if (size() == 0)
    base::invariant(reserved_.empty() && name_charges_.empty() && sizes_ == 0,
                    "where nothing is reserved nothing is charged");
}

void Reservations::renew(const Item& item, std::uint64_t before, Time now) {
  auto& next = next_visits_[ReservationMemory::kTries];
  if (next == item.number) next = store_.record(item.number).newer;
  store_.renew(item.number, before, now);
}

void Reservations::remove(const Item& item) {
  if (only(item.number)) {
    forget_charges(store_.record(item.number).name);
  } else {
    uncharge(item.number);
  }
  drop(item.number);
}

void Reservations::remove_if(const std::function<bool(const Item&)>& gone) {
  for_each([&](const Item& item) {
    if (gone(item)) remove(item);
  });
}

void Reservations::end(const Item& item, std::uint64_t revision) {
  base::invariant(is_open(item.number), "a reservation ends once");
  if (!options_.keeps_ended) {
    remove(item);
    return;
  }
  uncharge(item.number);
  store_.record(item.number).ended = revision;
}

void Reservations::refresh(std::string_view namespace_name, std::string_view name, const Ends& ends) {
  if (size() == 0) return;
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return;
  forget_charges(found);
  bool left = false;  // any reservation of the name
  for (auto number = store_.oldest_of(found); number != kNone;) {
    const auto at = number;
    number = store_.next_of_name(at);
    const auto revision = is_open(at) ? ends(item(at)) : std::nullopt;
    if (revision && !options_.keeps_ended) {
      drop(at);
      continue;
    }
    if (revision) store_.record(at).ended = *revision;
    left = true;
  }
  if (left) charge_anew(found);
}

void Reservations::end_seen_by(Time moment, std::string_view namespace_name, std::string_view name,
                               const Ends& ends) {
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return;
  for (auto number = store_.oldest_of(found); number != kNone;) {
    const auto item = this->item(number);
    number = store_.next_of_name(number);
    if (item.first_seen > moment || item.ended) continue;
    if (const auto revision = ends(item)) end(item, *revision);
  }
}

void Reservations::set_asked(std::string_view namespace_name, std::string_view name, bool asked) {
  const auto found = store_.find(namespace_name, name);
  if (found != kNone) store_.set_asked(found, asked);
}

void Reservations::for_each(const Visit& visit) const {
  for (const auto kind : ReservationMemory::kKinds) {
    for (auto number = store_.oldest(kind); number != kNone;) {
      const auto at = number;
      number = store_.record(at).newer;
      visit(item(at));
    }
  }
}

void Reservations::for_each_update(const Visit& visit) const {
  for (auto number = store_.oldest(ReservationMemory::kUpdates); number != kNone;) {
    const auto at = number;
    number = store_.record(at).newer;
    visit(item(at));
  }
}

void Reservations::for_each_seen_by(Time moment, const std::function<bool(const Item&)>& visit) {
  const auto due = [this, moment](Number number) {
    return number != kNone && store_.record(number).first_seen <= moment;
  };
  for (const auto kind : ReservationMemory::kKinds) {
    auto& next = next_visits_[kind];
    if (std::exchange(visits_wanted_[kind], false) && !due(next)) next = store_.oldest(kind);
    while (due(next)) {
      const auto at = next;
      next = store_.record(at).newer;
      if (visit(item(at))) continue;
      next = at;
      return;
    }
  }
}

std::optional<std::uint32_t> Reservations::visit_some(std::uint32_t from, std::uint32_t most,
                                                      const Visit& visit) const {
  return store_.visit_some(from, most, [&](Number number) { visit(item(number)); });
}

void Reservations::for_each_newer(std::uint64_t read, const std::function<void(Number)>& visit) const {
  for (const auto kind : {ReservationMemory::kCreates, ReservationMemory::kUpdates}) {
    for (auto number = store_.newest(kind); number != kNone && store_.record(number).first_read > read;
         number = store_.record(number).older)
      visit(number);
  }
  // What was renewed is young, and may have been there all the time.
  for (auto number = store_.newest(ReservationMemory::kTries); number != kNone;
       number = store_.record(number).older) {
    if (store_.record(number).first_read > read) visit(number);
  }
}

// True if the name has no other reservation.
bool Reservations::only(Number number) const {
  return store_.record(number).next_of_name == number;
}

// Of several reservations of a name the largest counts, in each scope.
void Reservations::add_charges(std::vector<Charge>& charges, const ReservationView& reservation) const {
  for (const auto& scope : selection_->scopes_of(reservation.subject())) {
    const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
    if (known == charges.end()) {
      charges.push_back({scope.id, {1, reservation.bytes, 0}});
    } else {
      known->tally.bytes = std::max(known->tally.bytes, reservation.bytes);
    }
  }
}

// What is stored under the name counts already.
void Reservations::take_stored_off(std::vector<Charge>& charges, const ReservationView& reservation) const {
  const auto stored = inventory_.find(reservation.namespace_name, reservation.name);
  if (!stored) return;
  for (const auto& scope : selection_->scopes_of(stored->subject)) {
    const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
    if (known == charges.end()) continue;
    known->tally.count = 0;
    known->tally.bytes -= std::min(known->tally.bytes, stored->stored.bytes.value_or(0));
  }
}

std::vector<Reservations::Charge> Reservations::charges_as_of(Number name, std::uint64_t read) const {
  std::vector<Charge> charges;
  std::optional<ReservationView> last;
  for (auto number = store_.oldest_of(name); number != kNone; number = store_.next_of_name(number)) {
    const auto item = this->item(number);
    if (item.ended || item.first_read > read) continue;
    if (last && last->type == item.reservation.type && last->bytes >= item.reservation.bytes) continue;
    last = item.reservation;
    add_charges(charges, *last);
  }
  if (last) take_stored_off(charges, *last);
  return charges;
}

std::vector<Reservations::Charge> Reservations::charges_now(Number name) const {
  if (const auto found = name_charges_.find(name); found != name_charges_.end()) return found->second.charges;
  std::vector<Charge> charges;
  const auto number = store_.oldest_of(name);
  if (is_open(number)) add_charges(charges, store_.view(number));
  return charges;
}

void Reservations::charge(const Charge& charge) {
  reserved_[charge.scope] += charge.tally;
}

void Reservations::discharge(const Charge& charge) {
  const auto found = reserved_.find(charge.scope);
  base::invariant(found != reserved_.end(), "what is charged is in the sum of its scope");
  found->second -= charge.tally;
  if (found->second == Tally{}) reserved_.erase(found);
}

// Call it before the last reservation of the name goes or ends, or all are charged anew.
void Reservations::forget_charges(Number name) {
  if (!selection_) return;
  for (const auto& charge : charges_now(name)) discharge(charge);
  const auto found = name_charges_.find(name);
  if (found == name_charges_.end()) return;
  sizes_ = base::checked_difference(sizes_, found->second.sizes.size());
  name_charges_.erase(found);
}

// Precondition: reserved_ holds nothing of the name. Takes time with its reservations.
void Reservations::charge_anew(Number name) {
  if (!selection_) return;
  const auto newest = store_.newest_of(name);
  const auto reservation = store_.view(newest);
  if (only(newest) && !inventory_.find(reservation.namespace_name, reservation.name)) {
    if (!is_open(newest)) return;
    for (const auto& scope : selection_->scopes_of(reservation.subject()))
      charge({scope.id, {1, reservation.bytes, 0}});
    return;
  }
  auto& all = name_charges_[name];
  for (auto number = store_.oldest_of(name); number != kNone; number = store_.next_of_name(number)) {
    if (is_open(number)) add_size(all, number);
  }
  recharge(name, all);
}

// For a name that has two reservations or more: made as the second comes.
Reservations::NameCharges& Reservations::charges_of(Number name) {
  const auto found = name_charges_.find(name);
  if (found != name_charges_.end()) return found->second;
  auto charges = charges_now(name);
  auto& made = name_charges_[name];
  made.charges = std::move(charges);
  if (const auto number = store_.oldest_of(name); is_open(number)) add_size(made, number);
  return made;
}

// True where what the name charges may have changed: the size is the largest of its type.
bool Reservations::add_size(NameCharges& all, Number number) {
  const auto& record = store_.record(number);
  const auto [at, first] = all.sizes.try_emplace({record.type, record.bytes}, 0);
  ++at->second;
  if (!first) return false;
  ++sizes_;
  const auto next = std::next(at);
  return next == all.sizes.end() || next->first.first != record.type;
}

// The same for a reservation that ends or goes.
bool Reservations::remove_size(NameCharges& all, Number number) {
  const auto& record = store_.record(number);
  const auto at = all.sizes.find({record.type, record.bytes});
  base::invariant(at != all.sizes.end(), "a reservation is charged once, and released once");
  if (--at->second != 0) return false;
  --sizes_;
  const auto next = all.sizes.erase(at);
  return next == all.sizes.end() || next->first.first != record.type;
}

// Call it before a reservation goes, or ends.
void Reservations::uncharge(Number number) {
  if (!is_open(number)) return;
  const auto name = store_.record(number).name;
  const auto found = name_charges_.find(name);
  if (found == name_charges_.end()) {
    forget_charges(name);
  } else if (remove_size(found->second, number)) {
    recharge(name, found->second);
  }
}

void Reservations::recharge(Number name, NameCharges& all) {
  for (const auto& charge : all.charges) discharge(charge);
  all.charges.clear();
  if (all.sizes.empty()) return;
  auto reservation = store_.view(store_.newest_of(name));
  for (auto next = all.sizes.begin(); next != all.sizes.end();) {
    const auto type = next->first.first;
    next = all.sizes.upper_bound({type, std::numeric_limits<std::uint32_t>::max()});
    reservation.type = store_.type(type);
    reservation.bytes = std::prev(next)->first.second;
    add_charges(all.charges, reservation);
  }
  take_stored_off(all.charges, reservation);
  std::erase_if(all.charges, [](const Charge& charge) { return charge.tally == Tally{}; });
  for (const auto& each : all.charges) charge(each);
}

Tally Reservations::reserved(ScopeId scope) const {
  const auto found = reserved_.find(scope);
  return found == reserved_.end() ? Tally{} : found->second;
}

Tally Reservations::used(ScopeId scope) const {
  auto tally = inventory_.tally(scope);
  tally += reserved(scope);
  return tally;
}

Tally Reservations::reserved_as_of(ScopeId scope, std::uint64_t read) const {
  Tally sum = reserved(scope);
  if (!selection_) return sum;
  for_each_newer(read, [&](Number number) {
    const auto name = store_.record(number).name;
    if (store_.newest_of(name) != number) return;  // each name once
    for (const auto& charge : charges_now(name)) {
      if (charge.scope != scope) continue;
      sum -= charge.tally;
    }
    for (const auto& charge : charges_as_of(name, read)) {
      if (charge.scope != scope) continue;
      sum += charge.tally;
    }
  });
  return sum;
}

Tally Reservations::held(const Scope& scope, AsOf as_of) const {
  auto sum = inventory_.tally(scope.id);
  sum += reserved_as_of(scope.id, as_of.read);
  if (as_of.view == nullptr) return sum;
  for (const auto& [at, then] : as_of.view->changed()) {
    const auto& [in, name] = at;
    if (!selection_->lies_in(scope, {in, name, then.type})) continue;
    if (const auto now = charge(look_up(in, name, {as_of.read, nullptr}), scope)) sum -= {1, *now, 0};
    if (const auto was = charge(look_up(in, name, as_of), scope)) sum += {1, *was, 0};
  }
  return sum;
}

bool Reservations::newer(ScopeId scope, std::uint64_t read) const {
  bool found = false;
  for_each_newer(read, [&](Number number) {
    if (found) return;
    const auto scopes = selection_->scopes_of(store_.view(number).subject());
    found = std::ranges::find(scopes, scope, &Scope::id) != scopes.end();
  });
  return found;
}

// A reservation that came after the moment does not count yet, and one that ended after it still counts.
bool Reservations::charges_at(const Item& item, const AsOf& as_of) {
  if (item.first_read > as_of.read) return false;
  if (!item.ended) return true;
  return as_of.view != nullptr && !as_of.view->saw(item.reservation.type, *item.ended);
}

std::optional<std::uint64_t> Reservations::charge(const Lookup& found, const Scope& scope) const {
  std::optional<std::uint64_t> charged;
  if (found.stored && selection_->selects(scope.policy, found.stored->subject))
    charged = found.stored->stored.bytes.value_or(0);
  const auto name = found.name;
  if (name == kNone) return charged;
  if (found.as_of.read == kAllReads) {
    for (const auto& beyond : charges_now(name)) {
      if (beyond.scope == scope.id) return charged.value_or(0) + beyond.tally.bytes;
    }
    return charged;
  }
  for (auto number = store_.oldest_of(name); number != kNone; number = store_.next_of_name(number)) {
    const auto item = this->item(number);
    if (!charges_at(item, found.as_of)) continue;
    if (!selection_->selects(scope.policy, item.reservation.subject())) continue;
    charged = std::max(charged.value_or(0), item.reservation.bytes);
  }
  return charged;
}

}  // namespace hygiene::counting
