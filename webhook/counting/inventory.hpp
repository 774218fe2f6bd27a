// What the API server stores, as far as policies count it: a few numbers for each Secret, in about 90 bytes
// with a name of ordinary length, and the sums of each scope, kept as events arrive. No value, no key name.
// Thread-safety: one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/invariant.hpp"
#include "counting/memory/interner.hpp"
#include "counting/memory/name_table.hpp"
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
  Tally& operator+=(const Tally& more);
  // Precondition: `part` is contained in it.
  Tally& operator-=(const Tally& part);
};

class Inventory {
 public:
  // Types that are told apart: 2 MiB of text at most. Those beyond count as one that no policy names.
  static constexpr std::uint32_t kTypesMax = 1U << 12;
  static constexpr std::size_t kExtremes = 5;  // names that a message gives

  explicit Inventory(HashKey key);

  // Counts anew by other policies, from what is known. Takes time with the number of Secrets.
  void select(std::shared_ptr<const Selection> selection);

  // Takes what a list or a watch showed. False: what is known of the name is as new, or no place is left.
  // A size that is absent stays what it was while the revision is the same. `listed`: what a list shows gets
  // its mark, unless what is known is newer, and thereby safe from the list's sweep.
  enum class Mark : std::uint8_t { whole = 1, part = 2 };
  bool put(const Subject& subject, const Stored& stored, std::optional<Mark> listed = std::nullopt);
  // A deletion with this revision. False: the name is unknown, or what is known of it is newer.
  bool remove(std::string_view namespace_name, std::string_view name, std::uint64_t revision);
  std::optional<StoredSecret> find(std::string_view namespace_name, std::string_view name) const;

  const Tally& tally(ScopeId scope) const;
  std::size_t size() const { return secrets_.size(); }

  // Mark and sweep, so that nothing is forgotten while a list is read: what a list shows is marked. Both take
  // one pass over all Secrets. `among` says which Secrets the list would show. Two marks: a
  // list of one namespace may be read while one of all is.
  using Filter = std::function<bool(const Subject&)>;
  using Visit = std::function<void(const StoredSecret&)>;
  void unmark(Mark mark, const Filter& among);
  // Takes out what is not marked and no newer than the list's `revision`, and tells `gone` of each once it is
  // out.
  void sweep(Mark mark, const Filter& among, std::uint64_t revision, const Visit& gone);

  // Every Secret, in steps of `most` from `from` = 0 on. Returns where to go on, nothing at the end. What
  // changes between two steps may be seen twice, or not at all.
  std::optional<std::uint32_t> visit_some(std::uint32_t from, std::uint32_t most, const Visit& visit) const;
  // Up to `most` Secrets whose size is not known and that lie in a scope that sums bytes. One pass where
  // there are any.
  std::vector<StoredSecret> unmeasured(std::size_t most) const;

  // Of one scope, the five largest or oldest; ties by name. One pass over all Secrets.
  // Only a denial asks for it.
  enum class Order { largest, oldest };
  std::vector<StoredSecret> extremes(const Scope& scope, Order order) const;

 private:
  static constexpr std::uint32_t kUnmeasured = 0xffffffff;
  struct Record : Named {
    std::uint8_t marks = 0;  // bits
    std::uint16_t type = 0;  // in types_
    std::uint64_t uid = 0;
    std::uint64_t revision = 0;
    std::uint32_t bytes = kUnmeasured;
    std::uint32_t created_s = 0;
  };
  static_assert(sizeof(Record) == 40);  // a million of them within the memory that docs/counting.md says
  using Number = NameTable<Record>::Number;
  static constexpr Number kNone = NameTable<Record>::kNone;

  StoredSecret secret(Number number) const;
  Subject subject(Number number) const;
  void erase(Number number);
  void retype(Record& record, std::string_view type);
  static Tally counted(const Record& record);
  void count(Number number);
  void uncount(Number number);

  std::shared_ptr<const Selection> selection_;
  Interner types_{kTypesMax};
  NameTable<Record> secrets_;
  boost::unordered_flat_map<ScopeId, Tally, ScopeHash> tallies_;
  std::vector<Scope> scopes_;  // scratch
};

}  // namespace hygiene::counting
