// What the API server stores, as far as policies count it: about 90 bytes for each Secret with a name of
// ordinary length, and the sums of each scope, updated by each event. No value, no key name. Thread-safety:
// one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
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
  // How many types are told apart, in at most 2 MiB of text. Further types count as one that no policy names.
  static constexpr std::uint32_t kTypesMax = 1U << 12;
  static constexpr std::size_t kExtremes = 5;  // names that a message gives

  explicit Inventory(HashKey key);

  // Changes the policies and counts anew from what is known. Linear in the number of Secrets.
  void select(std::shared_ptr<const Selection> selection);
  // Takes the labels of a namespace, and moves its sum into that of the cluster or out of it where policies
  // select it that did not before, or no more. Does not look at any Secret.
  void show_namespace(const std::string& name, const NamespaceLabels& labels);

  // Takes what a list or a watch showed. False: the known state is as new, or there is no room. A missing
  // size stays as it was while the revision is the same. `listed`: marks the Secret for the sweep of this
  // list.
  enum class Mark : std::uint8_t { whole = 1, part = 2 };
  bool put(const Subject& subject, const Stored& stored, std::optional<Mark> listed = std::nullopt);
  // Takes a deletion with this revision. False: the name is unknown, or its known state is newer.
  bool remove(std::string_view namespace_name, std::string_view name, std::uint64_t revision);
  std::optional<StoredSecret> find(std::string_view namespace_name, std::string_view name) const;

  const Tally& tally(ScopeId scope) const;
  std::size_t size() const { return secrets_.size(); }

  // Mark and sweep: while a list is read, each Secret that it shows is marked, and nothing is forgotten.
  // unmark() and sweep() take one pass over all Secrets. `among` selects the Secrets that the list would
  // show. There are two marks, because a list of one namespace may be read during a list of all.
  using Filter = std::function<bool(const Subject&)>;
  using Visit = std::function<void(const StoredSecret&)>;
  void unmark(Mark mark, const Filter& among);
  // Removes Secrets that are not marked and no newer than the list's `revision`, and calls `gone` for each
  // after its removal.
  void sweep(Mark mark, const Filter& among, std::uint64_t revision, const Visit& gone);

  // Visits every Secret in steps of `most`, from `from` = 0 on. Returns where to go on, nothing at the end.
  // What changes between two steps may be visited twice, or not at all.
  std::optional<std::uint32_t> visit_some(std::uint32_t from, std::uint32_t most, const Visit& visit) const;
  // Up to `most` Secrets without a known size in a scope that sums bytes. One pass over all Secrets if there
  // are any.
  std::vector<StoredSecret> unmeasured(std::size_t most) const;

  // The five largest or oldest Secrets of a scope; ties by name. One pass over all Secrets: for denials only.
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
  void take_off(ScopeId scope, const Tally& part);

  std::shared_ptr<const Selection> selection_;
  Interner types_{kTypesMax};
  NameTable<Record> secrets_;
  boost::unordered_flat_map<ScopeId, Tally, ScopeHash> tallies_;
};

}  // namespace hygiene::counting
