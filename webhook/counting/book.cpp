#include "counting/book.hpp"

#include <algorithm>

namespace hygiene::counting {

Book::Book(const Inventory& inventory, HashKey key, BookOptions options)
    : inventory_(inventory), options_(options), store_(key, options.bytes_max) {}

void Book::select(std::shared_ptr<const Selection> selection) {
  selection_ = std::move(selection);
  reserved_.clear();
  several_.clear();
  weights_ = 0;
  for_each([this](const Item& item) {
    const auto name = store_.record(item.number).name;
    if (store_.newest_of(name) == item.number) charge_anew(name);
  });
}

Book::Item Book::item(Number number) const {
  const auto& record = store_.record(number);
  return {store_.view(number),
          record.first_seen,
          record.first_read,
          undecided(number) ? std::nullopt : std::optional(record.decided),
          store_.asked(record.name),
          record.left_out,
          number};
}

Book::Known Book::known(std::string_view namespace_name, std::string_view name, AsOf as_of) const {
  return {store_.find(namespace_name, name),
          as_of.past ? as_of.past->find(namespace_name, name) : inventory_.find(namespace_name, name), as_of};
}

std::optional<Book::Item> Book::find(std::string_view namespace_name, std::string_view name,
                                     const EntryKey& key) const {
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return std::nullopt;
  auto number = store_.oldest_of(found);
  while (number != kNone && store_.record(number).key != key) number = store_.next_of_name(number);
  return number == kNone ? std::nullopt : std::optional(item(number));
}

bool Book::add(const EntryView& entry, Time now, std::uint64_t read) {
  if (bytes() >= options_.bytes_max) return false;
  const auto number = store_.add(entry, now, read);
  if (number == kNone) return false;
  if (!selection_) return true;
  const auto name = store_.record(number).name;
  if (only(number)) {
    charge_anew(name);
  } else if (auto& all = several(name); weigh(all, number)) {
    recharge(name, all);
  }
  return true;
}

void Book::drop(Number number) {
  const auto kind = EntryStore::kind_of(store_.record(number).key);
  if (next_visits_[kind] == number) next_visits_[kind] = store_.record(number).newer;
  store_.remove(number);
}

void Book::remove(const Item& item) {
  if (only(item.number)) {
    forget_charges(store_.record(item.number).name);
  } else {
    uncharge(item.number);
  }
  drop(item.number);
}

void Book::remove_if(const std::function<bool(const Item&)>& gone) {
  for_each([&](const Item& item) {
    if (gone(item)) remove(item);
  });
}

void Book::decide(const Item& item, std::uint64_t revision) {
  if (!options_.keeps_decided) {
    remove(item);
    return;
  }
  uncharge(item.number);
  store_.record(item.number).decided = revision;
}

void Book::refresh(std::string_view namespace_name, std::string_view name, const Decides& decides) {
  if (size() == 0) return;
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return;
  forget_charges(found);
  bool left = false;  // any entry of the name
  for (auto number = store_.oldest_of(found); number != kNone;) {
    const auto at = number;
    number = store_.next_of_name(at);
    const auto revision = undecided(at) ? decides(item(at)) : std::nullopt;
    if (revision && !options_.keeps_decided) {
      drop(at);
      continue;
    }
    if (revision) store_.record(at).decided = *revision;
    left = true;
  }
  if (left) charge_anew(found);
}

void Book::decide_seen_by(Time moment, std::string_view namespace_name, std::string_view name,
                          const Decides& decides) {
  const auto found = store_.find(namespace_name, name);
  if (found == kNone) return;
  for (auto number = store_.oldest_of(found); number != kNone;) {
    const auto item = this->item(number);
    if (item.first_seen > moment) return;
    number = store_.next_of_name(number);
    if (item.decided) continue;
    if (const auto revision = decides(item)) decide(item, *revision);
  }
}

void Book::set_asked(std::string_view namespace_name, std::string_view name, bool asked) {
  const auto found = store_.find(namespace_name, name);
  if (found != kNone) store_.set_asked(found, asked);
}

void Book::for_each(const Visit& visit) const {
  for (const auto kind : EntryStore::kKinds) {
    for (auto number = store_.oldest(kind); number != kNone;) {
      const auto at = number;
      number = store_.record(at).newer;
      visit(item(at));
    }
  }
}

void Book::for_each_update(const Visit& visit) const {
  for (auto number = store_.oldest(EntryStore::kUpdates); number != kNone;) {
    const auto at = number;
    number = store_.record(at).newer;
    visit(item(at));
  }
}

void Book::for_each_seen_by(Time moment, const std::function<bool(const Item&)>& visit) {
  const auto due = [this, moment](Number number) {
    return number != kNone && store_.record(number).first_seen <= moment;
  };
  for (const auto kind : EntryStore::kKinds) {
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

std::optional<std::uint32_t> Book::visit_some(std::uint32_t from, std::uint32_t most,
                                              const Visit& visit) const {
  return store_.visit_some(from, most, [&](Number number) { visit(item(number)); });
}

void Book::for_each_newer(std::uint64_t read, const std::function<void(Number)>& visit) const {
  for (const auto kind : EntryStore::kKinds) {
    for (auto number = store_.newest(kind); number != kNone && store_.record(number).first_read > read;
         number = store_.record(number).older)
      visit(number);
  }
}

// The name has no other entry.
bool Book::only(Number number) const {
  return store_.record(number).next_of_name == number;
}

// The largest counts in each scope.
void Book::add_charges(std::vector<Charge>& charges, const EntryView& entry) const {
  selection_->scopes_of(entry.subject(), scopes_);
  for (const auto& scope : scopes_) {
    const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
    if (known == charges.end()) {
      charges.push_back({scope.id, {1, entry.bytes, 0}});
    } else {
      known->tally.bytes = std::max(known->tally.bytes, entry.bytes);
    }
  }
}

// Of what is stored under the name of `entry`.
void Book::take_stored_off(std::vector<Charge>& charges, const EntryView& entry) const {
  const auto stored = inventory_.find(entry.namespace_name, entry.name);
  if (!stored) return;
  selection_->scopes_of(stored->subject, scopes_);
  for (const auto& scope : scopes_) {
    const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
    if (known == charges.end()) continue;
    known->tally.count = 0;
    known->tally.bytes -= std::min(known->tally.bytes, stored->stored.bytes.value_or(0));
  }
}

std::vector<Book::Charge> Book::charges_as_of(Number name, std::uint64_t read) const {
  std::vector<Charge> charges;
  std::optional<EntryView> last;
  for (auto number = store_.oldest_of(name); number != kNone; number = store_.next_of_name(number)) {
    const auto item = this->item(number);
    if (item.decided || item.first_read > read) continue;
    if (last && last->type == item.entry.type && last->bytes >= item.entry.bytes) continue;
    last = item.entry;
    add_charges(charges, *last);
  }
  if (last) take_stored_off(charges, *last);
  return charges;
}

std::vector<Book::Charge> Book::charges_now(Number name) const {
  if (const auto found = several_.find(name); found != several_.end()) return found->second.charges;
  std::vector<Charge> charges;
  const auto number = store_.oldest_of(name);
  if (undecided(number)) add_charges(charges, store_.view(number));
  return charges;
}

void Book::charge(const Charge& charge) {
  reserved_[charge.scope] += charge.tally;
}

void Book::discharge(const Charge& charge) {
  const auto found = reserved_.find(charge.scope);
  base::invariant(found != reserved_.end(), "what is charged is in the sum of its scope");
  if ((found->second -= charge.tally) == Tally{}) reserved_.erase(found);
}

// Before its last entry goes or is decided, or all are charged anew.
void Book::forget_charges(Number name) {
  if (!selection_) return;
  for (const auto& charge : charges_now(name)) discharge(charge);
  const auto found = several_.find(name);
  if (found == several_.end()) return;
  weights_ -= found->second.weights.size();
  several_.erase(found);
}

// Where reserved_ holds nothing of the name. Takes time with its entries.
void Book::charge_anew(Number name) {
  if (!selection_) return;
  const auto newest = store_.newest_of(name);
  const auto entry = store_.view(newest);
  if (only(newest) && !inventory_.find(entry.namespace_name, entry.name)) {
    if (!undecided(newest)) return;
    selection_->scopes_of(entry.subject(), scopes_);
    for (const auto& scope : scopes_) charge({scope.id, {1, entry.bytes, 0}});
    return;
  }
  auto& all = several_[name];
  for (auto number = store_.oldest_of(name); number != kNone; number = store_.next_of_name(number)) {
    if (undecided(number)) weigh(all, number);
  }
  recharge(name, all);
}

// Once the second entry of a name has come, or later.
Book::Several& Book::several(Number name) {
  const auto found = several_.find(name);
  if (found != several_.end()) return found->second;
  auto charges = charges_now(name);
  auto& made = several_[name];
  made.charges = std::move(charges);
  if (const auto number = store_.oldest_of(name); undecided(number)) weigh(made, number);
  return made;
}

// True where what the name charges may have changed: it is the largest of its type.
bool Book::weigh(Several& several, Number number) {
  const auto& record = store_.record(number);
  const auto [at, first] = several.weights.try_emplace({record.type, record.bytes}, 0);
  ++at->second;
  if (!first) return false;
  ++weights_;
  const auto next = std::next(at);
  return next == several.weights.end() || next->first.first != record.type;
}

// The same for one that charges no more.
bool Book::unweigh(Several& several, Number number) {
  const auto& record = store_.record(number);
  const auto at = several.weights.find({record.type, record.bytes});
  if (--at->second != 0) return false;
  --weights_;
  const auto next = several.weights.erase(at);
  return next == several.weights.end() || next->first.first != record.type;
}

// Before an entry goes, or is decided.
void Book::uncharge(Number number) {
  if (!undecided(number)) return;
  const auto name = store_.record(number).name;
  const auto found = several_.find(name);
  if (found == several_.end()) {
    forget_charges(name);
  } else if (unweigh(found->second, number)) {
    recharge(name, found->second);
  }
}

void Book::recharge(Number name, Several& several) {
  for (const auto& charge : several.charges) discharge(charge);
  several.charges.clear();
  if (several.weights.empty()) return;
  auto entry = store_.view(store_.newest_of(name));
  for (auto next = several.weights.begin(); next != several.weights.end();) {
    const auto type = next->first.first;
    next = several.weights.upper_bound({type, std::numeric_limits<std::uint32_t>::max()});
    entry.type = store_.type(type);
    entry.bytes = std::prev(next)->first.second;
    add_charges(several.charges, entry);
  }
  take_stored_off(several.charges, entry);
  std::erase_if(several.charges, [](const Charge& charge) { return charge.tally == Tally{}; });
  for (const auto& each : several.charges) charge(each);
}

Tally Book::reserved(ScopeId scope) const {
  const auto found = reserved_.find(scope);
  return found == reserved_.end() ? Tally{} : found->second;
}

Tally Book::reserved_as_of(ScopeId scope, std::uint64_t read) const {
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

Tally Book::held(const Scope& scope, AsOf as_of) const {
  auto sum = inventory_.tally(scope.id);
  sum += reserved_as_of(scope.id, as_of.read);
  if (as_of.past == nullptr) return sum;
  for (const auto& [at, then] : as_of.past->changed()) {
    const auto& [in, name] = at;
    if (!selection_->lies_in(scope, {in, name, then.type})) continue;
    if (const auto now = charge(known(in, name, {as_of.read, nullptr}), scope)) sum -= {1, *now, 0};
    if (const auto was = charge(known(in, name, as_of), scope)) sum += {1, *was, 0};
  }
  return sum;
}

bool Book::newer(ScopeId scope, std::uint64_t read) const {
  bool found = false;
  for_each_newer(read, [&](Number number) {
    if (found) return;
    selection_->scopes_of(store_.view(number).subject(), scopes_);
    found = std::ranges::find(scopes_, scope, &Scope::id) != scopes_.end();
  });
  return found;
}

// What came after the moment counts not yet, and what was decided after it counts still.
bool Book::charges_at(const Item& item, const AsOf& as_of) {
  if (item.first_read > as_of.read) return false;
  if (!item.decided) return true;
  return as_of.past != nullptr && !as_of.past->saw(item.entry.type, *item.decided);
}

std::optional<std::uint64_t> Book::charge(const Known& known, const Scope& scope) const {
  std::optional<std::uint64_t> charged;
  if (known.stored && selection_->selects(scope.policy, known.stored->subject))
    charged = known.stored->stored.bytes.value_or(0);
  const auto name = known.name;
  if (name == kNone) return charged;
  if (known.as_of.read == kAllReadings) {
    for (const auto& beyond : charges_now(name)) {
      if (beyond.scope == scope.id) return charged.value_or(0) + beyond.tally.bytes;
    }
    return charged;
  }
  for (auto number = store_.oldest_of(name); number != kNone; number = store_.next_of_name(number)) {
    const auto item = this->item(number);
    if (!charges_at(item, known.as_of)) continue;
    if (!selection_->selects(scope.policy, item.entry.subject())) continue;
    charged = std::max(charged.value_or(0), item.entry.bytes);
  }
  return charged;
}

}  // namespace hygiene::counting
