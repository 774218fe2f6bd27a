#include "counting/reservation_memory.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::counting {

ReservationView ReservationMemory::view(Number number) const {
  const auto& found = records_[number];
  const auto [in, name] = names_.name(found.name);
  return {found.key, in, name, types_.text(found.type), found.bytes};
}

ReservationMemory::Number ReservationMemory::add(const ReservationView& reservation, Time now,
                                                 std::uint64_t read) {
  // More than the names of a reservation take beside their texts.
  constexpr std::size_t kNamesBytes = 256;
  const auto most = sizeof(Record) + kNamesBytes + reservation.namespace_name.size() +
                    reservation.name.size() + reservation.type.size();
  if (bytes() + most > bytes_max_) return kNone;
  const auto type = types_.acquire(reservation.type);
  if (!type) return kNone;
  const auto name = names_.find_or_add({reservation.namespace_name, reservation.name}).first;
  if (name == kNone) {
    types_.release(*type);
    return kNone;
  }
  auto& ages = ages_[kind_of(reservation.key)];
  if (ages.newest != kNone)
    base::invariant(records_[ages.newest].first_seen <= now && records_[ages.newest].first_read <= read,
                    "reservations come in the order of their age");
  const auto number =
      records_.add({.key = reservation.key,
                    .first_seen = now,
                    .first_read = read,
                    .bytes = static_cast<std::uint32_t>(std::min(reservation.bytes, kBytesMax)),
                    .name = name,
                    .type = static_cast<std::uint16_t>(*type)});
  append(number);
  const auto before = std::exchange(names_[name].newest, number);
  records_[number].next_of_name =
      before == kNone ? number : std::exchange(records_[before].next_of_name, number);
  base::invariant(bytes() <= bytes_max_, "reservations keep to their memory");
  return number;
}

// Makes it the youngest of its kind.
void ReservationMemory::append(Number number) {
  auto& added = records_[number];
  auto& ages = ages_[kind_of(added.key)];
  added.older = ages.newest;
  added.newer = kNone;
  (ages.newest == kNone ? ages.oldest : records_[ages.newest].newer) = number;
  ages.newest = number;
}

void ReservationMemory::unlink(Number number) {
  const auto& gone = records_[number];
  auto& ages = ages_[kind_of(gone.key)];
  (gone.older == kNone ? ages.oldest : records_[gone.older].newer) = gone.newer;
  (gone.newer == kNone ? ages.newest : records_[gone.newer].older) = gone.older;
}

void ReservationMemory::renew(Number number, std::uint64_t before, Time now) {
  base::invariant(records_[number].key.uid == kManyTries, "what is renewed stands for many tries");
  unlink(number);
  records_[number].key.before = before;
  records_[number].first_seen = now;
  append(number);
}

void ReservationMemory::remove(Number number) {
  const auto& gone = records_[number];
  unlink(number);
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
