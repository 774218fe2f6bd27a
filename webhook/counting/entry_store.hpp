// The memory of entries: records in pages that never move, each name once, found by one hash of namespace and
// name. An entry of ordinary names takes about 130 bytes. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "counting/entry.hpp"
#include "counting/interner.hpp"
#include "counting/keyed_hash.hpp"
#include "counting/name_arena.hpp"
#include "counting/name_index.hpp"

namespace hygiene::counting {

class EntryStore {
 public:
  using Number = NameIndex::Number;  // of a record or of a name; given again once it is free
  static constexpr Number kNone = NameIndex::kNone;
  static constexpr std::uint64_t kBytesMax = std::numeric_limits<std::uint32_t>::max();  // of one entry
  static constexpr std::uint64_t kUndecided = std::numeric_limits<std::uint64_t>::max();

  // Without initial values: the memory for many is taken at once.
  struct Record {
    std::uint64_t uid;
    std::uint64_t before;
    std::uint64_t call;
    Time first_seen;
    std::uint64_t first_read;
    std::uint64_t decided;
    std::uint32_t bytes;
    Number name;          // kNone: the record is free
    Number next_of_name;  // of the newest one the oldest
    Number older;         // of its kind
    Number newer;         // of its kind; of a free record the next free one
    std::uint16_t type;
    bool left_out;

    EntryKey key() const { return {uid, before, call}; }
  };
  static_assert(sizeof(Record) == 72 && std::is_trivially_default_constructible_v<Record>);

  struct Name {
    std::uint32_t text;
    std::uint32_t namespace_number;
    Number newest;  // record; of a free name the next free one
    bool asked;     // a read of it is under way
  };

  // A name's place, whether an entry has it or not. Valid until an entry is added or removed.
  struct Place {
    Number name = kNone;
    std::uint32_t hash = 0;
  };

  EntryStore(HashKey key, std::size_t bytes_max);

  // `hash`: that of the name, with this store's key.
  Place place_of(std::string_view namespace_name, std::string_view name, std::uint32_t hash) const;
  // Begins to fetch from memory what place_of() will touch; any thread may.
  void prefetch(std::uint32_t hash) const { index_.prefetch(hash); }
  // The same for what add() will fill.
  void prefetch_free() const {
    records_.prefetch();
    names_.prefetch();
  }
  // The number of the new record; kNone where `bytes_max` would be passed, or the name is longer than a
  // Secret's can be. `place` is that of the entry's name; `now` and `read` never go back.
  Number add(const EntryView& entry, const Place& place, Time now, std::uint64_t read);
  // Takes time with the entries of its name that are older.
  void remove(Number record);

  const Record& record(Number number) const { return records_[number]; }
  Record& record(Number number) { return records_[number]; }
  // The entries of a name, from the oldest on; kNone after the newest.
  Number oldest_of(Number name) const { return records_[names_[name].newest].next_of_name; }
  Number next_of_name(Number record) const {
    const auto& known = records_[record];
    return names_[known.name].newest == record ? kNone : known.next_of_name;
  }
  bool asked(Number name) const { return names_[name].asked; }
  void set_asked(Number name, bool asked) { names_[name].asked = asked; }
  Number newest_of(Number name) const { return names_[name].newest; }
  std::string_view type(std::uint16_t number) const { return types_.text(number); }
  EntryView view(Number record) const;

  // CREATEs and UPDATEs, each from the oldest on.
  enum Kind : std::size_t { kCreates, kUpdates };
  static constexpr std::array kKinds{kCreates, kUpdates};
  static Kind kind_of(const EntryKey& key) { return key.before == 0 ? kCreates : kUpdates; }
  Number oldest(Kind kind) const { return ages_[kind].oldest; }
  Number newest(Kind kind) const { return ages_[kind].newest; }
  // Numbers of records that were ever used are below it.
  Number numbers() const { return records_.used; }

  std::size_t size() const { return size_; }
  // What the entries take now; a share of the index with them. What is free is kept for others.
  std::size_t bytes() const { return bytes_; }

 private:
  template <class T>
  struct Pages {
    static constexpr std::size_t kPage = 1024;
    T& operator[](Number number) { return pages[number / kPage][number % kPage]; }
    const T& operator[](Number number) const { return pages[number / kPage][number % kPage]; }
    // One that was never used, to be filled.
    Number grow();
    // Begins to fetch what the next one will take.
    void prefetch() const {
      const auto number = free == kNone ? used : free;
      if (number / kPage == pages.size()) return;
      const auto* next = reinterpret_cast<const char*>(&(*this)[number]);
      __builtin_prefetch(next, 1);
      __builtin_prefetch(next + sizeof(T) - 1, 1);
    }
    std::vector<std::unique_ptr<T[]>> pages;
    Number used = 0;
    Number free = kNone;
  };
  struct Ages {
    Number oldest = kNone;
    Number newest = kNone;
  };
  Number add_name(const EntryView& entry, const Place& place);
  void remove_name(Number name);
  std::optional<std::uint32_t> acquire(Interner& texts, std::string_view text);
  void release(Interner& texts, std::uint32_t number);

  HashKey key_;
  std::size_t bytes_max_;
  Interner namespaces_;
  Interner types_;
  NameArena texts_;
  Pages<Record> records_;
  Pages<Name> names_;
  std::array<Ages, kKinds.size()> ages_;
  NameIndex index_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace hygiene::counting
