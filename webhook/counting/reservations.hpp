// The reservations of writes that were admitted and may be stored, and what they charge beyond what is
// stored. A name is charged the largest of what is stored and of its reservations, never their sum.
// Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "counting/inventory.hpp"
#include "counting/reservation_memory.hpp"
#include "counting/view_at_ledger_read.hpp"

namespace hygiene::counting {

struct ReservationsOptions {
  // Reservations that ended stay until remove_if(), charging nothing. False: they go at once.
  bool keeps_ended = false;
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();
};

inline constexpr std::uint64_t kAllReads = std::numeric_limits<std::uint64_t>::max();
// Of which moment a sum is asked: by reservations of reads of the ledger up to `read`, beside what `view`
// shows as stored then; null: now.
struct AsOf {
  std::uint64_t read = kAllReads;
  const ViewAtLedgerRead* view = nullptr;
};

class Reservations {
 public:
  // A view of a reservation, valid until one is added, changed or removed.
  struct Item {
    ReservationView reservation;
    Time first_seen{};             // by this replica
    std::uint64_t first_read = 0;  // which read of the ledger showed it first
    // Set once the write is known to be stored, or never to be: it charges nothing, and the next write of the
    // ledger drops it. The revision of the object that showed it; 0 where no object did.
    std::optional<std::uint64_t> ended;
    bool asked = false;     // a read of its name is under way, for all reservations of it
    bool left_out = false;  // of the ledger that is being written
    ReservationMemory::Number number = ReservationMemory::kNone;
  };
  // What a name has, stored and reserved. Valid until anything changes.
  struct Lookup {
    ReservationMemory::Number name = ReservationMemory::kNone;  // kNone: it has no reservation
    std::optional<StoredSecret> stored;
    AsOf as_of;
  };
  using Visit = std::function<void(const Item&)>;

  // `inventory` must outlive it.
  Reservations(const Inventory& inventory, HashKey key, ReservationsOptions options);
  // Charges anew by other policies. Takes time with the number of reservations.
  void select(std::shared_ptr<const Selection> selection);

  Lookup look_up(std::string_view namespace_name, std::string_view name, AsOf as_of = {}) const;
  std::optional<Item> find(std::string_view namespace_name, std::string_view name,
                           const ReservationKey& key) const;
  std::optional<Item> find(const ReservationView& reservation) const {
    return find(reservation.namespace_name, reservation.name, reservation.key);
  }
  // False: there is no room. Precondition: it is not there; neither `now` nor `read` is less than that of any
  // before.
  bool add(const ReservationView& reservation, Time now, std::uint64_t read);
  void remove(const Item& item);
  // Removes each for which `gone` holds.
  void remove_if(const std::function<bool(const Item&)>& gone);
  // Its write is stored with this revision, or never will be (0). Precondition: it has not ended.
  void end(const Item& item, std::uint64_t revision);
  void set_asked(std::string_view namespace_name, std::string_view name, bool asked);
  void leave_out(const Item& item, bool left_out) { store_.record(item.number).left_out = left_out; }
  // How a reservation ended, see Item::ended; nothing: it has not ended.
  using Ends = std::function<std::optional<std::uint64_t>(const Item&)>;
  // Call it after what is stored of a name changed: its reservations may end by that. Takes time with the
  // reservations of the name.
  void refresh(std::string_view namespace_name, std::string_view name, const Ends& ends);
  // Ends those of the name that were first seen at `moment` or before, where what is stored did not change.
  void end_seen_by(Time moment, std::string_view namespace_name, std::string_view name, const Ends& ends);

  std::size_t size() const { return store_.size(); }
  std::size_t bytes() const {
    return store_.bytes() + name_charges_.size() * kNameChargesBytes + sizes_ * kSizeBytes;
  }
  // Visits those that were first seen at `moment` or before, from where the last call stopped, until `visit`
  // says false; that one is the first of the next call. `visit` may end its reservation.
  void for_each_seen_by(Time moment, const std::function<bool(const Item&)>& visit);
  // Once all were visited, the next for_each_seen_by() begins with the oldest.
  void look_again() { visits_wanted_ = {true, true}; }
  // `visit` may end, change or remove its reservation. Those of UPDATEs may end by how far a watch has come,
  // not only by an event of their name.
  void for_each(const Visit& visit) const;
  void for_each_update(const Visit& visit) const;
  // In steps, see NumberedValues.
  std::optional<std::uint32_t> visit_some(std::uint32_t from, std::uint32_t most, const Visit& visit) const;

  // What they charge in the scope, beyond what the inventory counts.
  Tally reserved(ScopeId scope) const;
  // The same by those of reads up to `read`. Takes time with the number of those that are newer.
  Tally reserved_as_of(ScopeId scope, std::uint64_t read) const;
  // What the scope held at that moment, stored and reserved. Takes time with the names that changed since.
  Tally held(const Scope& scope, AsOf as_of) const;
  // True if a reservation that counts in the scope is newer than that read.
  bool newer(ScopeId scope, std::uint64_t read) const;
  // What the name is charged in the scope, stored or not; nothing where it is not charged. `scope` is one of
  // the name's. Of a moment it takes time with the reservations of the name.
  std::optional<std::uint64_t> charge(const Lookup& found, const Scope& scope) const;
  std::optional<std::uint64_t> charge(const Scope& scope, const Subject& subject) const {
    return charge(look_up(subject.namespace_name, subject.name), scope);
  }

 private:
  using Number = ReservationMemory::Number;
  static constexpr Number kNone = ReservationMemory::kNone;
  struct Charge {
    ScopeId scope;
    Tally tally;
  };
  // The charges of a name that had several reservations, or under which something is stored. Whoever tries
  // one write again and again leaves many reservations of one size.
  struct NameCharges {
    using Size = std::pair<std::uint16_t, std::uint32_t>;  // type and bytes
    std::map<Size, std::uint32_t> sizes;                   // how many have it, of those that have not ended
    std::vector<Charge> charges;                           // what reserved_ holds of the name
  };
  // About, with what the map and the vector allocate.
  static constexpr std::size_t kNameChargesBytes = 224;
  static constexpr std::size_t kSizeBytes = 64;

  Item item(Number number) const;
  static bool charges_at(const Item& item, const AsOf& as_of);
  bool is_open(Number number) const { return store_.record(number).ended == ReservationMemory::kOpen; }
  bool only(Number number) const;
  void add_charges(std::vector<Charge>& charges, const ReservationView& reservation) const;
  void take_stored_off(std::vector<Charge>& charges, const ReservationView& reservation) const;
  std::vector<Charge> charges_now(Number name) const;
  std::vector<Charge> charges_as_of(Number name, std::uint64_t read) const;
  void charge(const Charge& charge);
  void discharge(const Charge& charge);
  void forget_charges(Number name);
  void charge_anew(Number name);
  NameCharges& charges_of(Number name);
  bool add_size(NameCharges& all, Number number);
  bool remove_size(NameCharges& all, Number number);
  void recharge(Number name, NameCharges& all);
  void uncharge(Number number);
  void drop(Number number);
  void for_each_newer(std::uint64_t read, const std::function<void(Number)>& visit) const;

  const Inventory& inventory_;
  ReservationsOptions options_;
  std::shared_ptr<const Selection> selection_;
  ReservationMemory store_;
  boost::unordered_flat_map<ScopeId, Tally, ScopeHash> reserved_;
  // A name that is not in it has one reservation, and nothing is stored under it.
  boost::unordered_flat_map<Number, NameCharges> name_charges_;
  std::size_t sizes_ = 0;  // in all of them
  std::array<Number, ReservationMemory::kKinds.size()> next_visits_{kNone, kNone};
  std::array<bool, ReservationMemory::kKinds.size()> visits_wanted_{true, true};
  mutable std::vector<Scope> scopes_;  // scratch
};

}  // namespace hygiene::counting
