#include "counting/entry_store.hpp"

#include <algorithm>
#include <utility>

#include "counting/populate.hpp"

namespace hygiene::counting {
namespace {

constexpr std::uint32_t kNamespacesMax = 1U << 20;
constexpr std::uint32_t kTypesMax = 1U << 16;

// Of a name its record, its place in the index (8 bytes at a load between 0.37 and 0.75), and the length and
// the rounding of its text.
constexpr std::size_t kNameBytes = sizeof(EntryStore::Name) + 16 + 4;
// Of a namespace or type, beside its text: an entry of the interner and of its index.
constexpr std::size_t kTextBytes = 96;

}  // namespace

EntryStore::EntryStore(HashKey key, std::size_t bytes_max)
    : key_(key), bytes_max_(bytes_max), namespaces_(kNamespacesMax), types_(kTypesMax) {}

template <class T>
EntryStore::Number EntryStore::Pages<T>::grow() {
  if (used % kPage == 0) {
    pages.push_back(std::make_unique_for_overwrite<T[]>(kPage));
    populate(pages.back().get(), kPage * sizeof(T));
  }
  return used++;
}

EntryStore::Place EntryStore::place_of(std::string_view namespace_name, std::string_view name,
                                       std::uint32_t hash) const {
  const auto found = index_.find(hash, [&](Number number) {
    const auto& known = names_[number];
    return texts_.name(known.text) == name && namespaces_.text(known.namespace_number) == namespace_name;
  });
  return {found, hash};
}

EntryView EntryStore::view(Number number) const {
  const auto& found = records_[number];
  const auto& name = names_[found.name];
  return {found.key(), namespaces_.text(name.namespace_number), texts_.name(name.text),
          types_.text(found.type), found.bytes};
}

EntryStore::Number EntryStore::add(const EntryView& entry, const Place& place, Time now, std::uint64_t read) {
  const auto most = sizeof(Record) + kNameBytes + entry.name.size() + 2 * kTextBytes +
                    entry.namespace_name.size() + entry.type.size();
  if (bytes_ + most > bytes_max_ || entry.name.size() > NameArena::kNameBytesMax) return kNone;
  const auto type = acquire(types_, entry.type);
  if (!type) return kNone;
  const auto name = place.name == kNone ? add_name(entry, place) : place.name;
  if (name == kNone) {
    release(types_, *type);
    return kNone;
  }
  const auto number = records_.free == kNone ? records_.grow() : records_.free;
  auto& made = records_[number];
  if (number == records_.free) records_.free = made.newer;
  auto& ages = ages_[kind_of(entry.key)];
  made = {.uid = entry.key.uid,
          .before = entry.key.before,
          .call = entry.key.call,
          .first_seen = now,
          .first_read = read,
          .decided = kUndecided,
          .bytes = static_cast<std::uint32_t>(std::min(entry.bytes, kBytesMax)),
          .name = name,
          .next_of_name = number,
          .older = std::exchange(ages.newest, number),
          .newer = kNone,
          .type = static_cast<std::uint16_t>(*type),
          .left_out = false};
  (made.older == kNone ? ages.oldest : records_[made.older].newer) = number;
  if (const auto before = std::exchange(names_[name].newest, number); before != kNone)
    made.next_of_name = std::exchange(records_[before].next_of_name, number);
  ++size_;
  bytes_ += sizeof(Record);
  return number;
}

void EntryStore::remove(Number number) {
  auto& gone = records_[number];
  auto& ages = ages_[kind_of(gone.key())];
  (gone.older == kNone ? ages.oldest : records_[gone.older].newer) = gone.newer;
  (gone.newer == kNone ? ages.newest : records_[gone.newer].older) = gone.older;
  auto& newest = names_[gone.name].newest;
  auto before = newest;
  while (records_[before].next_of_name != number) before = records_[before].next_of_name;
  if (before == number) {
    remove_name(gone.name);
  } else {
    records_[before].next_of_name = gone.next_of_name;
    if (newest == number) newest = before;
  }
  release(types_, gone.type);
  gone.name = kNone;
  gone.newer = std::exchange(records_.free, number);
  --size_;
  bytes_ -= sizeof(Record);
}

EntryStore::Number EntryStore::add_name(const EntryView& entry, const Place& place) {
  const auto in = acquire(namespaces_, entry.namespace_name);
  if (!in) return kNone;
  const auto number = names_.free == kNone ? names_.grow() : names_.free;
  auto& made = names_[number];
  if (number == names_.free) names_.free = made.newest;
  made = {texts_.add(entry.name), *in, kNone, false};
  index_.add(place.hash, number);
  bytes_ += kNameBytes + entry.name.size();
  return number;
}

void EntryStore::remove_name(Number number) {
  auto& gone = names_[number];
  const auto name = texts_.name(gone.text);
  bytes_ -= kNameBytes + name.size();
  index_.remove(name_hash(key_, namespaces_.text(gone.namespace_number), name), number);
  texts_.remove(gone.text);
  release(namespaces_, gone.namespace_number);
  gone.newest = std::exchange(names_.free, number);
}

std::optional<std::uint32_t> EntryStore::acquire(Interner& texts, std::string_view text) {
  const auto before = texts.size();
  const auto number = texts.acquire(text);
  if (texts.size() != before) bytes_ += kTextBytes + text.size();
  return number;
}

void EntryStore::release(Interner& texts, std::uint32_t number) {
  const auto before = texts.size();
  const auto text_bytes = texts.text(number).size();
  texts.release(number);
  if (texts.size() != before) bytes_ -= kTextBytes + text_bytes;
}

}  // namespace hygiene::counting
