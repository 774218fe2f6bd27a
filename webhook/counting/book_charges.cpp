// What entries charge: of a name the largest, in each scope in which it counts.
#include <algorithm>

#include "counting/book.hpp"

namespace hygiene::counting {

// Of the entries of a name that charge; kNone where none does.
Book::Number Book::largest(Number name) const {
  auto found = EntryStore::kNone;
  for (auto number = store_.newest_of(name); number != EntryStore::kNone;
       number = store_.record(number).earlier_of_name) {
    if (undecided(number) &&
        (found == EntryStore::kNone || store_.record(number).bytes > store_.record(found).bytes))
      found = number;
  }
  return found;
}

std::vector<Book::Charge> Book::charges_as_of(Number name, std::uint64_t read) const {
  std::vector<Charge> charges;
  std::optional<EntryView> last;
  for (auto number = store_.newest_of(name); number != EntryStore::kNone;
       number = store_.record(number).earlier_of_name) {
    const auto item = this->item(number);
    if (item.decided || item.first_read > read) continue;
    if (last && last->type == item.entry.type && last->bytes >= item.entry.bytes) continue;
    last = item.entry;
    selection_->scopes_of(item.entry.subject(), scopes_);
    for (const auto& scope : scopes_) {
      const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
      if (known == charges.end()) {
        charges.push_back({scope.id, {1, item.entry.bytes, 0}});
      } else {
        known->tally.bytes = std::max(known->tally.bytes, item.entry.bytes);
      }
    }
  }
  if (charges.empty()) return charges;
  const auto stored = inventory_.find(last->namespace_name, last->name);
  if (!stored) return charges;
  selection_->scopes_of(stored->subject, scopes_);
  for (const auto& scope : scopes_) {
    const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
    if (known == charges.end()) continue;
    known->tally.count = 0;
    known->tally.bytes -= std::min(known->tally.bytes, stored->stored.bytes.value_or(0));
  }
  return charges;
}

std::vector<Book::Charge> Book::charges_now(Number name) const {
  if (const auto found = charges_.find(name); found != charges_.end()) return found->second;
  std::vector<Charge> charges;
  const auto number = largest(name);
  if (number == EntryStore::kNone) return charges;
  const auto entry = store_.view(number);
  selection_->scopes_of(entry.subject(), scopes_);
  for (const auto& scope : scopes_) charges.push_back({scope.id, {1, entry.bytes, 0}});
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

// Before an entry of the name comes, goes or is decided; recharge() after it.
void Book::discharge(Number name) {
  if (!selection_) return;
  for (const auto& charge : charges_now(name)) discharge(charge);
  charges_.erase(name);
}

void Book::recharge(Number name) {
  if (!selection_) return;
  const auto number = largest(name);
  if (number == EntryStore::kNone) return;
  const auto entry = store_.view(number);
  const bool alone =
      store_.newest_of(name) == number && store_.record(number).earlier_of_name == EntryStore::kNone;
  if (alone && !inventory_.find(entry.namespace_name, entry.name)) {
    selection_->scopes_of(entry.subject(), scopes_);
    charge_alone(entry, scopes_);
    return;
  }
  auto charges = charges_as_of(name, kAllReadings);
  std::erase_if(charges, [](const Charge& charge) { return charge.tally == Tally{}; });
  for (const auto& [scope, tally] : charges) reserve(scope, tally.count, tally.bytes);
  charges_[name] = std::move(charges);
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
  for (auto number = store_.newest_of(name); number != EntryStore::kNone;
       number = store_.record(number).earlier_of_name) {
    const auto item = this->item(number);
    if (!charges_at(item, known.moment)) continue;
    if (!selection_->selects(scope.policy, item.entry.subject())) continue;
    charged = std::max(charged.value_or(0), item.entry.bytes);
  }
  return charged;
}

}  // namespace hygiene::counting
