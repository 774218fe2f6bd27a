// The entries that are known, and what they charge beyond what is stored. A name's charge is the largest of
// what is stored and of its entries, never a sum. Thread-safety: one thread at a time.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "counting/entry.hpp"
#include "counting/inventory.hpp"

namespace hygiene::counting {

class Book {
 public:
  struct Item {
    Entry entry;
    Time first_seen{};             // by this replica
    std::uint64_t first_read = 0;  // which reading of the ledger showed it first
    // Set once the write is known to be stored, or never to be: it charges nothing, and the next write of the
    // ledger drops it. The revision of the object that showed it; 0 where no object did.
    std::optional<std::uint64_t> decided;
    bool asked = false;     // a read of its name is under way
    bool left_out = false;  // of the ledger that is being written
  };

  // `inventory` must outlive the book.
  explicit Book(const Inventory& inventory) : inventory_(inventory) {}
  void select(std::shared_ptr<const Selection> selection);

  Item* find(const Entry& entry) { return find(entry.namespace_name, entry.name, entry.key); }
  Item* find(std::string_view namespace_name, std::string_view name, const EntryKey& key);
  // Precondition: it is not there.
  void add(Entry entry, Time now, std::uint64_t read);
  void remove(const Entry& entry);
  // Removes each for which `gone` holds.
  void remove_if(const std::function<bool(const Item&)>& gone);
  void decide(Item& item, std::uint64_t revision);
  // Call it after what is stored of a name changed. The name's entries; empty where there are none.
  std::vector<Item*> refresh(std::string_view namespace_name, std::string_view name);

  std::size_t size() const { return size_; }
  // Of these, UPDATEs: they may be decided by how far a watch has come, not only by an event of their name.
  std::size_t updates() const { return updates_; }
  // Those that were first seen at `moment` or before. Looks at no entry where there can be none.
  void for_each_seen_by(Time moment, const std::function<void(Item&)>& visit);
  void for_each(const std::function<void(Item&)>& visit);
  void for_each(const std::function<void(const Item&)>& visit) const;

  // Beyond what the inventory counts in the scope.
  Tally reserved(ScopeId scope) const;
  // The same by entries of readings up to `read` only. Time with the number of entries: for denials.
  Tally reserved_as_of(ScopeId scope, std::uint64_t read) const;
  // True if an entry that charges in the scope is newer than that.
  bool newer(ScopeId scope, std::uint64_t read) const;
  // What the name is charged in the scope, stored or not; nothing where it is not charged. Takes time with
  // the entries of the name, but not for kAllReadings.
  std::optional<std::uint64_t> charge(const Scope& scope, const Subject& subject,
                                      std::uint64_t read = kAllReadings) const;

  static constexpr std::uint64_t kAllReadings = std::numeric_limits<std::uint64_t>::max();

 private:
  struct Charge {
    ScopeId scope;
    Tally tally;
  };
  struct Group {
    std::vector<Item> items;
    std::vector<Charge> charges;  // what reserved_ holds of them
  };

  const std::string& name_key(std::string_view namespace_name, std::string_view name) const;
  void removed(const Item& item);
  std::vector<Charge> charges_of(const Group& group, std::uint64_t read) const;
  void recharge(Group& group);

  const Inventory& inventory_;
  std::shared_ptr<const Selection> selection_;
  boost::unordered_flat_map<std::string, Group> groups_;  // by namespace/name
  boost::unordered_flat_map<ScopeId, Tally> reserved_;
  std::size_t size_ = 0;
  std::size_t updates_ = 0;
  Time oldest_{};            // no entry was first seen before
  mutable std::string key_;  // scratch
};

}  // namespace hygiene::counting
