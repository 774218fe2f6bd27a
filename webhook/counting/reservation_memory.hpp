// The memory of reservations, by number: in the order of their age, and linked with others of their name. A
// reservation of ordinary names takes about 150 bytes. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "counting/memory/interner.hpp"
#include "counting/memory/name_table.hpp"
#include "counting/memory/numbered_values.hpp"
#include "counting/reservation.hpp"

namespace hygiene::counting {

class ReservationMemory {
 public:
  using Number = std::uint32_t;  // of a record or of a name; reused once it is free
  static constexpr Number kNone = std::numeric_limits<Number>::max();
  static constexpr std::uint64_t kBytesMax = std::numeric_limits<std::uint32_t>::max();  // of one reservation
  static constexpr std::uint64_t kOpen = std::numeric_limits<std::uint64_t>::max();

  // Where a reservation stands.
  enum class Place : std::uint8_t {
    on_its_own,  // in a line of the ledger, or in local mode in memory
    in_block,    // in a block of the ledger
    moving,      // from there: the ledger is being written with a line for it
  };

  struct Record {
    ReservationKey key;
    Time first_seen{};
    std::uint64_t first_read = 0;
    std::uint64_t ended = kOpen;
    std::uint32_t bytes = 0;
    Number name = kNone;          // kNone: the record is free
    Number next_of_name = kNone;  // circular: the newest leads to the oldest
    Number older = kNone;         // of its kind
    Number newer = kNone;
    std::uint16_t type = 0;
    bool left_out = false;  // of the ledger that is being written
    Place place = Place::on_its_own;

    bool used() const { return name != kNone; }
  };

  ReservationMemory(HashKey key, std::size_t bytes_max) : bytes_max_(bytes_max), names_(key) {}

  // The number of a name; kNone: it has no reservation. Valid until its last reservation is removed.
  Number find(std::string_view namespace_name, std::string_view name) const {
    return names_.find({namespace_name, name});
  }
  // Returns the number of the new record; kNone: it would exceed `bytes_max`, or the name is too long for a
  // Secret. `now` and `read` never go back.
  Number add(const ReservationView& reservation, Time now, std::uint64_t read);
  // See Reservations::renew().
  void renew(Number record, std::uint64_t before, Time now);
  // Linear in the name's older reservations.
  void remove(Number record);

  const Record& record(Number number) const { return records_[number]; }
  Record& record(Number number) { return records_[number]; }
  // The reservations of a name, from the oldest on; kNone after the newest.
  Number oldest_of(Number name) const { return records_[names_[name].newest].next_of_name; }
  Number newest_of(Number name) const { return names_[name].newest; }
  Number next_of_name(Number record) const {
    const auto& known = records_[record];
    return names_[known.name].newest == record ? kNone : known.next_of_name;
  }
  bool asked(Number name) const { return names_[name].asked; }
  void set_asked(Number name, bool asked) { names_[name].asked = asked; }
  std::string_view type(std::uint16_t number) const { return types_.text(number); }
  ReservationView view(Number record) const;

  // CREATEs, UPDATEs and what stands for many tries, each from the oldest on. Only of the last may one that
  // is younger have been read before.
  enum Kind : std::size_t { kCreates, kUpdates, kTries };
  static constexpr std::array kKinds{kCreates, kUpdates, kTries};
  static Kind kind_of(const ReservationKey& key) {
    return key.uid == kManyTries ? kTries : key.before == 0 ? kCreates : kUpdates;
  }
  Number oldest(Kind kind) const { return ages_[kind].oldest; }
  Number newest(Kind kind) const { return ages_[kind].newest; }
  // See NumberedValues.
  template <class Visit>
  std::optional<Number> visit_some(Number from, Number most, Visit visit) const {
    return records_.visit_some(from, most, visit);
  }

  std::size_t size() const { return records_.size(); }
  // About how many bytes of memory the reservations take.
  std::size_t bytes() const { return records_.size() * sizeof(Record) + names_.bytes() + types_.bytes(); }

 private:
  void append(Number record);
  void unlink(Number record);

  struct Name : Named {
    bool asked = false;  // a read of it is under way
    Number newest = kNone;
  };
  struct Ages {
    Number oldest = kNone;
    Number newest = kNone;
  };
  static constexpr std::uint32_t kTypesMax = 1U << 16;

  std::size_t bytes_max_;
  Interner types_{kTypesMax};
  NameTable<Name> names_;
  NumberedValues<Record> records_;
  std::array<Ages, kKinds.size()> ages_;
};

}  // namespace hygiene::counting
