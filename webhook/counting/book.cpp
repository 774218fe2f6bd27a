#include "counting/book.hpp"

#include <algorithm>

namespace hygiene::counting {

const std::string& Book::name_key(std::string_view namespace_name, std::string_view name) const {
  key_.assign(namespace_name);
  key_ += '/';
  return key_ += name;
}

void Book::select(std::shared_ptr<const Selection> selection) {
  selection_ = std::move(selection);
  reserved_.clear();
  for (auto& [name, group] : groups_) {
    group.charges.clear();
    recharge(group);
  }
}

Book::Item* Book::find(std::string_view namespace_name, std::string_view name, const EntryKey& key) {
  const auto group = groups_.find(name_key(namespace_name, name));
  if (group == groups_.end()) return nullptr;
  auto& items = group->second.items;
  const auto found = std::ranges::find_if(items, [&key](const Item& item) { return item.entry.key == key; });
  return found == items.end() ? nullptr : &*found;
}

void Book::add(Entry entry, Time now, std::uint64_t read) {
  auto& group = groups_[name_key(entry.namespace_name, entry.name)];
  if (size_ == 0) oldest_ = now;
  ++size_;
  if (entry.key.before != 0) ++updates_;
  // The tenth try of one CREATE charges no more than the ninth did.
  const bool charged = !group.items.empty() && !group.items.back().decided &&
                       group.items.back().entry.type == entry.type &&
                       group.items.back().entry.bytes >= entry.bytes;
  group.items.push_back({std::move(entry), now, read, std::nullopt, false, false});
  if (!charged) recharge(group);
}

void Book::removed(const Item& item) {
  --size_;
  if (item.entry.key.before != 0) --updates_;
}

void Book::remove(const Entry& entry) {
  const auto found = groups_.find(name_key(entry.namespace_name, entry.name));
  if (found == groups_.end()) return;
  auto& group = found->second;
  std::erase_if(group.items, [&](const Item& item) {
    const bool goes = item.entry.key == entry.key;
    if (goes) removed(item);
    return goes;
  });
  recharge(group);
  if (group.items.empty()) groups_.erase(found);
}

void Book::remove_if(const std::function<bool(const Item&)>& gone) {
  for (auto at = groups_.begin(); at != groups_.end();) {
    auto& group = at->second;
    const auto count = std::erase_if(group.items, [&](const Item& item) {
      const bool goes = gone(item);
      if (goes) removed(item);
      return goes;
    });
    if (count != 0) recharge(group);
    const auto here = at++;
    if (here->second.items.empty()) groups_.erase(here);
  }
}

void Book::decide(Item& item, std::uint64_t revision) {
  item.decided = revision;
  recharge(groups_.find(name_key(item.entry.namespace_name, item.entry.name))->second);
}

std::vector<Book::Item*> Book::refresh(std::string_view namespace_name, std::string_view name) {
  std::vector<Item*> items;
  if (size_ == 0) return items;
  const auto found = groups_.find(name_key(namespace_name, name));
  if (found == groups_.end()) return items;
  recharge(found->second);
  for (auto& item : found->second.items) items.push_back(&item);
  return items;
}

void Book::for_each(const std::function<void(Item&)>& visit) {
  for (auto& [name, group] : groups_) {
    for (auto& item : group.items) visit(item);
  }
}

void Book::for_each(const std::function<void(const Item&)>& visit) const {
  for (const auto& [name, group] : groups_) {
    for (const auto& item : group.items) visit(item);
  }
}

void Book::for_each_seen_by(Time moment, const std::function<void(Item&)>& visit) {
  if (size_ == 0 || oldest_ > moment) return;
  oldest_ = Time::max();
  for_each([&](Item& item) {
    oldest_ = std::min(oldest_, item.first_seen);
    if (item.first_seen <= moment) visit(item);
  });
}

std::vector<Book::Charge> Book::charges_of(const Group& group, std::uint64_t read) const {
  std::vector<Charge> charges;
  if (!selection_) return charges;
  std::vector<Scope> scopes;
  const Entry* last = nullptr;
  for (const auto& item : group.items) {
    if (item.decided || item.first_read > read) continue;
    if (last != nullptr && last->type == item.entry.type && last->bytes >= item.entry.bytes) continue;
    last = &item.entry;
    selection_->scopes_of(item.entry.subject(), scopes);
    for (const auto& scope : scopes) {
      const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
      if (known == charges.end()) {
        charges.push_back({scope.id, {1, item.entry.bytes, 0}});
      } else {
        known->tally.bytes = std::max(known->tally.bytes, item.entry.bytes);
      }
    }
  }
  if (charges.empty()) return charges;
  const auto& first = group.items.front().entry;
  const auto stored = inventory_.find(first.namespace_name, first.name);
  if (!stored) return charges;
  selection_->scopes_of(stored->subject, scopes);
  for (const auto& scope : scopes) {
    const auto known = std::ranges::find(charges, scope.id, &Charge::scope);
    if (known == charges.end()) continue;
    known->tally.count = 0;
    known->tally.bytes -= std::min(known->tally.bytes, stored->stored.bytes.value_or(0));
  }
  return charges;
}

void Book::recharge(Group& group) {
  for (const auto& charge : group.charges) {
    const auto found = reserved_.find(charge.scope);
    found->second.count -= charge.tally.count;
    found->second.bytes -= charge.tally.bytes;
    if (found->second == Tally{}) reserved_.erase(found);
  }
  group.charges = charges_of(group, kAllReadings);
  std::erase_if(group.charges, [](const Charge& charge) { return charge.tally == Tally{}; });
  for (const auto& charge : group.charges) {
    auto& tally = reserved_[charge.scope];
    tally.count += charge.tally.count;
    tally.bytes += charge.tally.bytes;
  }
}

Tally Book::reserved(ScopeId scope) const {
  const auto found = reserved_.find(scope);
  return found == reserved_.end() ? Tally{} : found->second;
}

Tally Book::reserved_as_of(ScopeId scope, std::uint64_t read) const {
  Tally sum;
  for (const auto& [name, group] : groups_) {
    for (const auto& charge : charges_of(group, read)) {
      if (charge.scope != scope) continue;
      sum.count += charge.tally.count;
      sum.bytes += charge.tally.bytes;
    }
  }
  return sum;
}

bool Book::newer(ScopeId scope, std::uint64_t read) const {
  std::vector<Scope> scopes;
  for (const auto& [name, group] : groups_) {
    for (const auto& item : group.items) {
      if (item.first_read <= read) continue;
      selection_->scopes_of(item.entry.subject(), scopes);
      if (std::ranges::find(scopes, scope, &Scope::id) != scopes.end()) return true;
    }
  }
  return false;
}

std::optional<std::uint64_t> Book::charge(const Scope& scope, const Subject& subject,
                                          std::uint64_t read) const {
  std::optional<std::uint64_t> charged;
  const auto stored = inventory_.find(subject.namespace_name, subject.name);
  if (stored && selection_->selects(scope.policy, stored->subject))
    charged = stored->stored.bytes.value_or(0);
  if (size_ == 0) return charged;
  const auto found = groups_.find(name_key(subject.namespace_name, subject.name));
  if (found == groups_.end()) return charged;
  if (read == kAllReadings) {
    const auto& charges = found->second.charges;
    const auto beyond = std::ranges::find(charges, scope.id, &Charge::scope);
    if (beyond == charges.end()) return charged;
    return charged.value_or(0) + beyond->tally.bytes;
  }
  for (const auto& item : found->second.items) {
    if (item.decided || item.first_read > read) continue;
    if (!selection_->selects(scope.policy, item.entry.subject())) continue;
    charged = std::max(charged.value_or(0), item.entry.bytes);
  }
  return charged;
}

}  // namespace hygiene::counting
