// The entries that are known, and what they charge beyond what is stored. A name's charge is the largest of
// what is stored and of its entries, never a sum. Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "counting/entry_store.hpp"
#include "counting/inventory.hpp"
#include "counting/past.hpp"

namespace hygiene::counting {

struct BookOptions {
  // Entries that are decided stay until remove_if(), charging nothing. False: they go at once.
  bool keeps_decided = false;
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();
};

// A moment that a sum is asked of: by entries of readings of the ledger up to `read` only, beside what was
// stored at `past`. The default: now.
inline constexpr std::uint64_t kAllReadings = std::numeric_limits<std::uint64_t>::max();
struct AsOf {
  std::uint64_t read = kAllReadings;
  const Past* past = nullptr;
};

class Book {
 public:
  // A view of an entry, valid until one is added, changed or removed.
  struct Item {
    EntryView entry;
    Time first_seen{};             // by this replica
    std::uint64_t first_read = 0;  // which reading of the ledger showed it first
    // Set once the write is known to be stored, or never to be: it charges nothing, and the next write of the
    // ledger drops it. The revision of the object that showed it; 0 where no object did.
    std::optional<std::uint64_t> decided;
    bool asked = false;     // a read of its name is under way, for all entries of it
    bool left_out = false;  // of the ledger that is being written
    EntryStore::Number number = EntryStore::kNone;
  };
  // What is known of a name. Valid until the book, the inventory or the past changes.
  struct Known {
    EntryStore::Number name = EntryStore::kNone;  // kNone: it has no entry
    std::optional<StoredSecret> stored;
    AsOf as_of;
  };
  using Visit = std::function<void(const Item&)>;

  // `inventory` must outlive the book.
  Book(const Inventory& inventory, HashKey key, BookOptions options);
  void select(std::shared_ptr<const Selection> selection);

  Known known(std::string_view namespace_name, std::string_view name, AsOf as_of = {}) const;
  std::optional<Item> find(std::string_view namespace_name, std::string_view name, const EntryKey& key) const;
  std::optional<Item> find(const EntryView& entry) const {
    return find(entry.namespace_name, entry.name, entry.key);
  }
  // False: there is no room. Precondition: it is not there; neither `now` nor `read` is less than that of any
  // before.
  bool add(const EntryView& entry, Time now, std::uint64_t read);
  void remove(const Item& item);
  // Removes each for which `gone` holds.
  void remove_if(const std::function<bool(const Item&)>& gone);
  void decide(const Item& item, std::uint64_t revision);
  void set_asked(std::string_view namespace_name, std::string_view name, bool asked);
  void leave_out(const Item& item, bool left_out) { store_.record(item.number).left_out = left_out; }
  // What is known now of an entry that was undecided: see Item::decided; nothing: it is so still.
  using Decides = std::function<std::optional<std::uint64_t>(const Item&)>;
  // Call it after what is stored of a name changed: its entries may be decided by that. Takes time with the
  // entries of the name.
  void refresh(std::string_view namespace_name, std::string_view name, const Decides& decides);
  // The same of those that were first seen at `moment` or before, where what is stored did not change.
  void decide_seen_by(Time moment, std::string_view namespace_name, std::string_view name,
                      const Decides& decides);

  std::size_t size() const { return store_.size(); }
  std::size_t bytes() const {
    return store_.bytes() + several_.size() * kSeveralBytes + weights_ * kWeightBytes;
  }
  // Those that were first seen at `moment` or before, from where the last call stopped until `visit` says
  // false, which is then the next one's turn. `visit` may decide its entry.
  void for_each_seen_by(Time moment, const std::function<bool(const Item&)>& visit);
  // Once all were visited, the next for_each_seen_by() begins with the oldest.
  void look_again() { visits_wanted_ = {true, true}; }
  // `visit` may decide or change its entry. UPDATEs may be decided by how far a watch has come, not only by
  // an event of their name.
  void for_each(const Visit& visit) const;
  void for_each_update(const Visit& visit) const;
  // In steps, see Slots.
  std::optional<std::uint32_t> visit_some(std::uint32_t from, std::uint32_t most, const Visit& visit) const;

  // Beyond what the inventory counts in the scope.
  Tally reserved(ScopeId scope) const;
  // The same by entries of readings up to `read` only. Takes time with the number of entries that are newer.
  Tally reserved_as_of(ScopeId scope, std::uint64_t read) const;
  // What the scope held at the moment, stored and by entries. Takes time with the names that changed since.
  Tally held(const Scope& scope, AsOf as_of) const;
  // True if an entry that charges in the scope is newer than that.
  bool newer(ScopeId scope, std::uint64_t read) const;
  // What the name is charged in the scope, stored or not; nothing where it is not charged. `scope` is one of
  // the name's. Of a moment it takes time with the entries of the name.
  std::optional<std::uint64_t> charge(const Known& known, const Scope& scope) const;
  std::optional<std::uint64_t> charge(const Scope& scope, const Subject& subject) const {
    return charge(known(subject.namespace_name, subject.name), scope);
  }

 private:
  using Number = EntryStore::Number;
  static constexpr Number kNone = EntryStore::kNone;
  struct Charge {
    ScopeId scope;
    Tally tally;
  };
  // Of a name that had several entries, or under which something is stored: whoever tries one write again
  // and again has many entries of one size.
  struct Several {
    using Weight = std::pair<std::uint16_t, std::uint32_t>;  // type and bytes
    std::map<Weight, std::uint32_t> weights;                 // of those undecided: how many
    std::vector<Charge> charges;                             // what reserved_ holds of it
  };
  // About, with what the map and the vector allocate.
  static constexpr std::size_t kSeveralBytes = 224;
  static constexpr std::size_t kWeightBytes = 64;

  Item item(Number number) const;
  static bool charges_at(const Item& item, const AsOf& as_of);
  bool undecided(Number number) const { return store_.record(number).decided == EntryStore::kUndecided; }
  bool only(Number number) const;
  void add_charges(std::vector<Charge>& charges, const EntryView& entry) const;
  void take_stored_off(std::vector<Charge>& charges, const EntryView& entry) const;
  std::vector<Charge> charges_now(Number name) const;
  std::vector<Charge> charges_as_of(Number name, std::uint64_t read) const;
  void charge(const Charge& charge);
  void discharge(const Charge& charge);
  void forget_charges(Number name);
  void charge_anew(Number name);
  Several& several(Number name);
  bool weigh(Several& several, Number number);
  bool unweigh(Several& several, Number number);
  void recharge(Number name, Several& several);
  void uncharge(Number number);
  void drop(Number number);
  void for_each_newer(std::uint64_t read, const std::function<void(Number)>& visit) const;

  const Inventory& inventory_;
  BookOptions options_;
  std::shared_ptr<const Selection> selection_;
  EntryStore store_;
  boost::unordered_flat_map<ScopeId, Tally, ScopeHash> reserved_;
  // Names that are not in it have one entry, and nothing is stored under them.
  boost::unordered_flat_map<Number, Several> several_;
  std::size_t weights_ = 0;  // in all of them
  std::array<Number, EntryStore::kKinds.size()> next_visits_{kNone, kNone};
  std::array<bool, EntryStore::kKinds.size()> visits_wanted_{true, true};
  mutable std::vector<Scope> scopes_;  // scratch
};

}  // namespace hygiene::counting
