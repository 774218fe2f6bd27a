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
  // Ended reservations stay, without a charge, until remove_if(). False: they are removed at once.
  bool keeps_ended = false;
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();
};

inline constexpr std::uint64_t kAllReads = std::numeric_limits<std::uint64_t>::max();
// The moment that a sum is about: reservations that reads of the ledger up to `read` showed, and Secrets that
// `view` shows as stored then. No view: now.
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
    // Set once the write is known to be stored, or to be stored never: the revision of the object that showed
    // it, or 0. It charges nothing, and the next write of the ledger drops it.
    std::optional<std::uint64_t> ended;
    bool asked = false;     // a read of its name is under way
    bool left_out = false;  // of the ledger that is being written
    ReservationMemory::Place place = ReservationMemory::Place::on_its_own;
    ReservationMemory::Number number = ReservationMemory::kNone;
  };
  // What is stored and reserved under a name. Valid until anything changes.
  struct Lookup {
    ReservationMemory::Number name = ReservationMemory::kNone;  // kNone: it has no reservation
    std::optional<StoredSecret> stored;
    AsOf as_of;
  };
  using Place = ReservationMemory::Place;
  using Visit = std::function<void(const Item&)>;

  // `inventory` must outlive it.
  Reservations(const Inventory& inventory, HashKey key, ReservationsOptions options);
  // Changes the policies and charges anew. Linear in the number of reservations.
  void select(std::shared_ptr<const Selection> selection);
  // Charges those of a namespace anew around `change`, which changes in which scopes they count. Linear in
  // the number of reservations.
  void charge_anew_around(std::string_view namespace_name, const std::function<void()>& change);

  Lookup look_up(std::string_view namespace_name, std::string_view name, AsOf as_of = {}) const;
  std::optional<Item> find(std::string_view namespace_name, std::string_view name,
                           const ReservationKey& key) const;
  std::optional<Item> find(const ReservationView& reservation) const {
    return find(reservation.namespace_name, reservation.name, reservation.key);
  }
  // The first of the name's reservations for which `wanted` returns true.
  std::optional<Item> find_if(std::string_view namespace_name, std::string_view name,
                              const std::function<bool(const Item&)>& wanted) const;
  // False: there is no room. Precondition: the reservation is new, and neither `now` nor `read` goes back.
  bool add(const ReservationView& reservation, Time now, std::uint64_t read, Place place = Place::on_its_own);
  // Makes a reservation of many tries as young as one that comes now; its number of tries is `before`.
  void renew(const Item& item, std::uint64_t before, Time now);
  void remove(const Item& item);
  // Removes each reservation for which `gone` returns true.
  void remove_if(const std::function<bool(const Item&)>& gone);
  // Ends the reservation: its write is stored with this revision, or never will be (0). Precondition: it has
  // not ended.
  void end(const Item& item, std::uint64_t revision);
  void set_asked(std::string_view namespace_name, std::string_view name, bool asked);
  void leave_out(const Item& item, bool left_out) { store_.record(item.number).left_out = left_out; }
  void put(const Item& item, Place place) { store_.record(item.number).place = place; }
  // Returns Item::ended of a reservation; nothing: it has not ended.
  using Ends = std::function<std::optional<std::uint64_t>(const Item&)>;
  // Ends reservations of the name after what is stored under it changed. Linear in the name's reservations.
  void refresh(std::string_view namespace_name, std::string_view name, const Ends& ends);
  // Ends reservations of the name that were first seen by `moment`, if what is stored did not change.
  void end_seen_by(Time moment, std::string_view namespace_name, std::string_view name, const Ends& ends);

  std::size_t size() const { return store_.size(); }
  std::size_t bytes() const {
    return store_.bytes() + name_charges_.size() * kNameChargesBytes + sizes_ * kSizeBytes;
  }
  // Visits reservations that were first seen by `moment`, from where the last call stopped. If `visit`
  // returns false, the next call begins with the same one. `visit` may end its reservation.
  void for_each_seen_by(Time moment, const std::function<bool(const Item&)>& visit);
  // After all were visited, lets the next for_each_seen_by() begin with the oldest.
  void look_again() { visits_wanted_.fill(true); }
  // `visit` may end, change or remove its reservation. for_each_update() visits UPDATEs only: they may end
  // when a watch advances, without an event of their name.
  void for_each(const Visit& visit) const;
  void for_each_update(const Visit& visit) const;
  // In steps, as NumberedValues does.
  std::optional<std::uint32_t> visit_some(std::uint32_t from, std::uint32_t most, const Visit& visit) const;

  // What reservations charge in the scope, beyond what the inventory counts; and both together.
  Tally reserved(ScopeId scope) const;
  Tally used(ScopeId scope) const;
  // The same for reservations that reads up to `read` showed. Linear in the number of newer ones.
  Tally reserved_as_of(ScopeId scope, std::uint64_t read) const;
  // What was stored and reserved in the scope at that moment. Linear in the number of names that changed
  // since.
  Tally held(const Scope& scope, AsOf as_of) const;
  // True: a reservation that counts in the scope is newer than that read.
  bool newer(ScopeId scope, std::uint64_t read) const;
  // The name's charge in the scope, by what is stored and reserved; nothing: it has none. `scope` must be one
  // of the name's. For a past moment, linear in the name's reservations.
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
  // The charges of a name that had several reservations, or under which a Secret is stored. Repeated attempts
  // at one write leave many reservations of one size: only sizes are kept.
  struct NameCharges {
    using Size = std::pair<std::uint16_t, std::uint32_t>;  // type and bytes
    std::map<Size, std::uint32_t> sizes;  // how many reservations that have not ended have it
    std::vector<Charge> charges;          // what reserved_ holds of the name
  };
  // Approximate, with what the map and the vector allocate.
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
  // A name that is missing here has one reservation, and nothing is stored under it.
  boost::unordered_flat_map<Number, NameCharges> name_charges_;
  std::size_t sizes_ = 0;  // in all name_charges_
  std::array<Number, ReservationMemory::kKinds.size()> next_visits_{kNone, kNone, kNone};
  std::array<bool, ReservationMemory::kKinds.size()> visits_wanted_{true, true, true};
};

}  // namespace hygiene::counting
