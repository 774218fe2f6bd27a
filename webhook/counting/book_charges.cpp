// What entries charge: of a name the largest, in each scope in which it counts.
#include <algorithm>

#include "counting/book.hpp"

namespace hygiene::counting {

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
  for (auto number = store_.oldest_of(name); number != EntryStore::kNone;
       number = store_.next_of_name(number)) {
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
  const auto number = store_.newest_of(name);
  if (undecided(number)) add_charges(charges, store_.view(number));
  return charges;
}

void Book::reserve(ScopeId scope, std::uint64_t count, std::uint64_t bytes) {
  auto& tally = reserved_[scope];
  tally.count += count;
  tally.bytes += bytes;
}

void Book::discharge(const Charge& charge) {
  const auto found = reserved_.find(charge.scope);
  found->second.count -= charge.tally.count;
  found->second.bytes -= charge.tally.bytes;
  if (found->second == Tally{}) reserved_.erase(found);
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
    charge_alone(entry, scopes_);
    return;
  }
  auto& all = several_[name];
  for (auto number = store_.oldest_of(name); number != EntryStore::kNone;
       number = store_.next_of_name(number)) {
    if (undecided(number)) weigh(all, number);
  }
  recharge(name, all);
}

// Before the second entry of a name comes.
Book::Several& Book::several(Number name) {
  const auto found = several_.find(name);
  if (found != several_.end()) return found->second;
  auto charges = charges_now(name);
  auto& made = several_[name];
  made.charges = std::move(charges);
  if (const auto number = store_.newest_of(name); undecided(number)) weigh(made, number);
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
  for (const auto& [scope, tally] : several.charges) reserve(scope, tally.count, tally.bytes);
}

// The one entry of a name under which nothing is stored.
void Book::charge_alone(const EntryView& entry, const std::vector<Scope>& scopes) {
  for (const auto& scope : scopes) reserve(scope.id, 1, entry.bytes);
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
      sum.count -= charge.tally.count;
      sum.bytes -= charge.tally.bytes;
    }
    for (const auto& charge : charges_as_of(name, read)) {
      if (charge.scope != scope) continue;
      sum.count += charge.tally.count;
      sum.bytes += charge.tally.bytes;
    }
  });
  return sum;
}

Tally Book::held(const Scope& scope, Moment moment) const {
  auto sum = inventory_.tally(scope.id);
  const auto reserved = reserved_as_of(scope.id, moment.read);
  sum.count += reserved.count;
  sum.bytes += reserved.bytes;
  if (moment.past == nullptr) return sum;
  for (const auto& [at, then] : moment.past->changed()) {
    const auto& [in, name] = at;
    if (!selection_->lies_in(scope, {in, name, then.type})) continue;
    if (const auto now = charge(known(in, name, {moment.read, nullptr}), scope)) {
      --sum.count;
      sum.bytes -= *now;
    }
    if (const auto was = charge(known(in, name, moment), scope)) {
      ++sum.count;
      sum.bytes += *was;
    }
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
bool Book::charges_at(const Item& item, const Moment& moment) {
  if (item.first_read > moment.read) return false;
  if (!item.decided) return true;
  return moment.past != nullptr && !moment.past->saw(item.entry.type, *item.decided);
}

std::optional<std::uint64_t> Book::charge(const Known& known, const Scope& scope) const {
  std::optional<std::uint64_t> charged;
  if (known.stored && selection_->selects(scope.policy, known.stored->subject))
    charged = known.stored->stored.bytes.value_or(0);
  const auto name = known.place.name;
  if (name == EntryStore::kNone) return charged;
  if (known.moment.read == kAllReadings) {
    for (const auto& beyond : charges_now(name)) {
      if (beyond.scope == scope.id) return charged.value_or(0) + beyond.tally.bytes;
    }
    return charged;
  }
  for (auto number = store_.oldest_of(name); number != EntryStore::kNone;
       number = store_.next_of_name(number)) {
    const auto item = this->item(number);
    if (!charges_at(item, known.moment)) continue;
    if (!selection_->selects(scope.policy, item.entry.subject())) continue;
    charged = std::max(charged.value_or(0), item.entry.bytes);
  }
  return charged;
}

}  // namespace hygiene::counting
