#include "counting/entry_store.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::counting {

EntryView EntryStore::view(Number number) const {
  const auto& found = records_[number];
  const auto [in, name] = names_.name(found.name);
  return {found.key, in, name, types_.text(found.type), found.bytes};
}

EntryStore::Number EntryStore::add(const EntryView& entry, Time now, std::uint64_t read) {
  // More than the names of an entry take beside their texts.
  constexpr std::size_t kNamesBytes = 256;
  const auto most =
      sizeof(Record) + kNamesBytes + entry.namespace_name.size() + entry.name.size() + entry.type.size();
  if (bytes() + most > bytes_max_) return kNone;
  const auto type = types_.acquire(entry.type);
  if (!type) return kNone;
  const auto name = names_.find_or_add({entry.namespace_name, entry.name}).first;
  if (name == kNone) {
    types_.release(*type);
    return kNone;
  }
  auto& ages = ages_[kind_of(entry.key)];
  const auto number = records_.add({.key = entry.key,
                                    .first_seen = now,
                                    .first_read = read,
                                    .bytes = static_cast<std::uint32_t>(std::min(entry.bytes, kBytesMax)),
                                    .name = name,
                                    .older = ages.newest,
                                    .type = static_cast<std::uint16_t>(*type)});
  (ages.newest == kNone ? ages.oldest : records_[ages.newest].newer) = number;
  ages.newest = number;
  const auto before = std::exchange(names_[name].newest, number);
  records_[number].next_of_name =
      before == kNone ? number : std::exchange(records_[before].next_of_name, number);
  return number;
}

void EntryStore::remove(Number number) {
  const auto& gone = records_[number];
  auto& ages = ages_[kind_of(gone.key)];
  (gone.older == kNone ? ages.oldest : records_[gone.older].newer) = gone.newer;
  (gone.newer == kNone ? ages.newest : records_[gone.newer].older) = gone.older;
  auto& newest = names_[gone.name].newest;
  auto before = newest;
  while (records_[before].next_of_name != number) before = records_[before].next_of_name;
  if (before == number) {
    names_.erase(gone.name);
  } else {
    records_[before].next_of_name = gone.next_of_name;
    if (newest == number) newest = before;
  }
  types_.release(gone.type);
  records_.remove(number);
}

}  // namespace hygiene::counting
