#include "counting/book.hpp"

#include <algorithm>

namespace hygiene::counting {

Book::Book(const Inventory& inventory, HashKey key, BookOptions options)
    : inventory_(inventory), key_(key), options_(options), store_(key, options.bytes_max) {}

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

std::uint32_t Book::expect(std::string_view namespace_name, std::string_view name) const {
  const auto hash = name_hash(key_, namespace_name, name);
  store_.prefetch(hash);
  inventory_.prefetch(hash);
  return hash;
}

Book::Known Book::known(std::string_view namespace_name, std::string_view name, Moment moment) const {
  const auto hash = name_hash(key_, namespace_name, name);
  const auto stored =
      moment.past ? moment.past->find(namespace_name, name) : inventory_.find(namespace_name, name, hash);
  return {store_.place_of(namespace_name, name, hash), stored, moment};
}

// kNone where it has no entry.
Book::Number Book::name_of(std::string_view namespace_name, std::string_view name) const {
  return store_.place_of(namespace_name, name, name_hash(key_, namespace_name, name)).name;
}

std::optional<Book::Item> Book::find(std::string_view namespace_name, std::string_view name,
                                     const EntryKey& key) const {
  const auto found = name_of(namespace_name, name);
  if (found == EntryStore::kNone) return std::nullopt;
  auto number = store_.oldest_of(found);
  while (number != EntryStore::kNone && store_.record(number).key() != key)
    number = store_.next_of_name(number);
  return number == EntryStore::kNone ? std::nullopt : std::optional(item(number));
}

bool Book::add(const EntryView& entry, const Known& known, const std::vector<Scope>& scopes, Time now,
               std::uint64_t read) {
  if (bytes() >= options_.bytes_max) return false;
  const bool first = known.place.name == EntryStore::kNone;
  if (!first && selection_) several(known.place.name);
  const auto number = store_.add(entry, known.place, now, read);
  if (number == EntryStore::kNone) return false;
  if (!selection_) return true;
  if (first && !known.stored) {
    charge_alone(entry, scopes);
    return true;
  }
  const auto name = store_.record(number).name;
  if (first) {
    charge_anew(name);
  } else if (auto& all = several(name); weigh(all, number)) {
    recharge(name, all);
  }
  return true;
}

bool Book::add(const EntryView& entry, Time now, std::uint64_t read) {
  std::vector<Scope> scopes;
  if (selection_) selection_->scopes_of(entry.subject(), scopes);
  auto kept = entry;
  kept.bytes = std::min(entry.bytes, EntryStore::kBytesMax);  // a ledger may have been edited
  return add(kept, known(entry.namespace_name, entry.name), scopes, now, read);
}

void Book::drop(Number number) {
  const auto kind = EntryStore::kind_of(store_.record(number).key());
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
  const auto found = name_of(namespace_name, name);
  if (found == EntryStore::kNone) return;
  forget_charges(found);
  bool left = false;  // any entry of the name
  for (auto number = store_.oldest_of(found); number != EntryStore::kNone;) {
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
  const auto found = name_of(namespace_name, name);
  if (found == EntryStore::kNone) return;
  for (auto number = store_.oldest_of(found); number != EntryStore::kNone;) {
    const auto item = this->item(number);
    if (item.first_seen > moment) return;
    number = store_.next_of_name(number);
    if (item.decided) continue;
    if (const auto revision = decides(item)) decide(item, *revision);
  }
}

void Book::set_asked(std::string_view namespace_name, std::string_view name, bool asked) {
  const auto found = name_of(namespace_name, name);
  if (found != EntryStore::kNone) store_.set_asked(found, asked);
}

void Book::for_each(const Visit& visit) const {
  for (const auto kind : EntryStore::kKinds) {
    for (auto number = store_.oldest(kind); number != EntryStore::kNone;) {
      const auto at = number;
      number = store_.record(at).newer;
      visit(item(at));
    }
  }
}

void Book::for_each_update(const Visit& visit) const {
  for (auto number = store_.oldest(EntryStore::kUpdates); number != EntryStore::kNone;) {
    const auto at = number;
    number = store_.record(at).newer;
    visit(item(at));
  }
}

void Book::for_each_seen_by(Time moment, const std::function<bool(const Item&)>& visit) {
  const auto due = [this, moment](Number number) {
    return number != EntryStore::kNone && store_.record(number).first_seen <= moment;
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
  const auto end = std::min(store_.numbers(), from + most);
  for (auto number = from; number < end; ++number) {
    if (store_.record(number).name != EntryStore::kNone) visit(item(number));
  }
  return end == store_.numbers() ? std::nullopt : std::optional(end);
}

void Book::for_each_newer(std::uint64_t read, const std::function<void(Number)>& visit) const {
  for (const auto kind : EntryStore::kKinds) {
    for (auto number = store_.newest(kind);
         number != EntryStore::kNone && store_.record(number).first_read > read;
         number = store_.record(number).older)
      visit(number);
  }
}

}  // namespace hygiene::counting
