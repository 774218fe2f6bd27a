// What the API server stores, as far as policies count it: a few numbers for each Secret, in about 70 bytes
// with a name of ordinary length, and the sums of each scope, kept as events arrive. No value, no key name.
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "counting/interner.hpp"
#include "counting/keyed_hash.hpp"
#include "counting/name_arena.hpp"
#include "counting/name_index.hpp"
#include "counting/selection.hpp"

namespace hygiene::counting {

struct Stored {
  std::uint64_t uid = 0;
  std::uint64_t revision = 0;          // its resourceVersion
  std::optional<std::uint64_t> bytes;  // nothing: not measured yet
  std::uint32_t created_s = 0;         // seconds since 1970
};

struct StoredSecret {
  Subject subject;
  Stored stored;
};

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;       // of those that are measured
  std::uint64_t unmeasured = 0;  // of `count`, those whose size is not known yet
  bool operator==(const Tally&) const = default;
};

class Inventory {
 public:
  // Bounds of what one number of 32 bits holds, beside each other in a record. More namespaces than etcd
  // holds objects in practice; types beyond the bound count as one that no policy names.
  static constexpr std::uint32_t kNamespacesMax = 1U << 20;
  static constexpr std::uint32_t kTypesMax = 1U << 12;
  static constexpr std::size_t kExtremes = 5;  // names that a message gives

  explicit Inventory(HashKey key);
  Inventory(const Inventory&) = delete;  // its index points back at it
  Inventory& operator=(const Inventory&) = delete;

  // Counts anew by other policies, from what is known. Takes time with the number of Secrets.
  void select(std::shared_ptr<const Selection> selection);

  // Takes what a list or a watch showed. False: what is known of the name is as new, or no place is left.
  // A size that is absent stays what it was while the revision is the same. `listed`: what a list shows gets
  // its mark, unless what is known is newer, and thereby safe from the list's sweep.
  enum class Mark { whole, part };
  bool put(const Subject& subject, const Stored& stored, std::optional<Mark> listed = std::nullopt);
  // A deletion with this revision. False: the name is unknown, or what is known of it is newer.
  bool remove(std::string_view namespace_name, std::string_view name, std::uint64_t revision);
  std::optional<StoredSecret> find(std::string_view namespace_name, std::string_view name) const {
    return find(namespace_name, name, name_hash(key_, namespace_name, name));
  }
  // `hash`: that of the name, with this inventory's key.
  std::optional<StoredSecret> find(std::string_view namespace_name, std::string_view name,
                                   std::uint32_t hash) const;
  // Begins to fetch from memory what find() will look at.
  void prefetch(std::uint32_t hash) const { index_.prefetch(hash); }

  const Tally& tally(ScopeId scope) const;
  std::size_t size() const { return index_.size(); }

  // Mark and sweep, so that nothing is forgotten while a list is read: what a list shows is marked. Both take
  // one pass over all records, about 3 ns each. `among` says which Secrets the list would show. Two marks: a
  // list of one namespace may be read while one of all is.
  using Filter = std::function<bool(const Subject&)>;
  using Visit = std::function<void(const StoredSecret&)>;
  void unmark(Mark mark, const Filter& among);
  // Takes out what is not marked and no newer than the list's `revision`, and tells `gone` of each once it is
  // out.
  void sweep(Mark mark, const Filter& among, std::uint64_t revision, const Visit& gone);

  // Every Secret, in steps of `most` records from `from` = 0 on. Where to go on; nothing at the end. What
  // changes between two steps may be seen twice, or not at all.
  std::optional<std::uint32_t> visit_some(std::uint32_t from, std::uint32_t most, const Visit& visit) const;
  // Up to `most` Secrets whose size is not known and that lie in a scope that sums bytes. One pass where
  // there are any.
  std::vector<StoredSecret> unmeasured(std::size_t most) const;

  // Of one scope, the five largest or oldest; ties by name. One pass over all records: 5 ms at a million.
  // Only a denial asks for it.
  enum class Order { largest, oldest };
  std::vector<StoredSecret> extremes(const Scope& scope, Order order) const;

 private:
  struct Record {
    std::uint64_t uid;
    std::uint64_t revision;
    std::uint32_t bytes_and_mark;  // 30 bits, all set: not measured
    std::uint32_t created_s;
    std::uint32_t name_at;             // kFree: the record is free and created_s is the next free one
    std::uint32_t namespace_and_type;  // 20 and 12 bits
  };
  static_assert(sizeof(Record) == 32);

  static constexpr std::size_t kPage = 4096;  // records: no copying of all of them as they grow
  static constexpr std::uint32_t kFree = 0xffffffff;

  static constexpr std::uint32_t bit_of(Mark mark) { return mark == Mark::whole ? 1U << 31 : 1U << 30; }
  Record& record(std::uint32_t number) { return pages_[number / kPage][number % kPage]; }
  const Record& record(std::uint32_t number) const { return pages_[number / kPage][number % kPage]; }
  // kNone: it is not known.
  NameIndex::Number number_of(std::string_view namespace_name, std::string_view name,
                              std::uint32_t hash) const;
  NameIndex::Number insert(const Subject& subject, std::uint32_t hash);
  void erase(std::uint32_t number);
  Subject subject_of(const Record& record) const;
  StoredSecret secret_of(const Record& record) const;
  void retype(Record& record, std::string_view type);
  void count(const Record& record, bool in);

  HashKey key_;
  std::shared_ptr<const Selection> selection_;
  Interner namespaces_{kNamespacesMax};
  Interner types_{kTypesMax};
  NameArena names_;
  std::vector<std::unique_ptr<Record[]>> pages_;
  std::uint32_t records_ = 0;  // ever used
  std::uint32_t first_free_ = kFree;
  NameIndex index_;
  boost::unordered_flat_map<ScopeId, Tally, ScopeHash> tallies_;
  std::vector<Scope> scopes_;  // scratch
};

}  // namespace hygiene::counting
