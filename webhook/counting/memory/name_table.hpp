// Values by the namespace and name of a Secret, with as little memory beside each as its name allows. Names
// are found by a keyed hash: whoever chooses them cannot make them collide.
// Thread-safety: one thread at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

#include "counting/memory/interner.hpp"
#include "counting/memory/keyed_hash.hpp"
#include "counting/memory/numbered_values.hpp"

namespace hygiene::counting {

// Source: a Secret's name is a DNS subdomain of at most 253 bytes.
inline constexpr std::size_t kNameBytesMax = 253;

struct FullName {
  std::string_view namespace_name;
  std::string_view name;
  bool operator==(const FullName&) const = default;
};

// What a value of a table derives from. The table fills it in.
struct Named {
  std::unique_ptr<char[]> name;  // of name_bytes; null: the value is free
  std::uint32_t namespace_number = 0;
  std::uint8_t name_bytes = 0;
  bool used() const { return name != nullptr; }
};

template <std::derived_from<Named> Value>
class NameTable {
 public:
  using Number = typename NumberedValues<Value>::Number;
  static constexpr Number kNone = NumberedValues<Value>::kNone;
  // More namespaces than etcd holds objects in practice.
  static constexpr std::uint32_t kNamespacesMax = 1U << 20;

  explicit NameTable(HashKey key) : key_(key), index_(0, Hash{}, Equal{this}) {}
  NameTable(const NameTable&) = delete;  // its index points back at it
  NameTable& operator=(const NameTable&) = delete;

  // kNone: it is not there.
  Number find(const FullName& name) const {
    const auto found = index_.find(Sought{name, hash(name)});
    return found == index_.end() ? kNone : found->number;
  }
  // The value of the name, and whether it was added. kNone where it is not there, and the name is longer than
  // a Secret's or there are too many namespaces.
  std::pair<Number, bool> find_or_add(const FullName& name) {
    const Sought sought{name, hash(name)};
    if (const auto found = index_.find(sought); found != index_.end()) return {found->number, false};
    if (name.name.size() > kNameBytesMax) return {kNone, false};
    const auto in = namespaces_.acquire(name.namespace_name);
    if (!in) return {kNone, false};
    Value value;
    value.name = std::make_unique_for_overwrite<char[]>(name.name.size());
    std::memcpy(value.name.get(), name.name.data(), name.name.size());
    value.name_bytes = static_cast<std::uint8_t>(name.name.size());
    value.namespace_number = *in;
    const auto number = values_.add(std::move(value));
    index_.insert(Place{number, sought.hash});
    names_bytes_ += bytes_of(name.name.size());
    return {number, true};
  }
  void erase(Number number) {
    const auto gone = name(number);
    const auto place = index_.find(Sought{gone, hash(gone)});
    base::invariant(place != index_.end() && place->number == number, "a table holds each name once");
    index_.erase(place);
    names_bytes_ = base::checked_difference(names_bytes_, bytes_of(gone.name.size()));
    namespaces_.release(values_[number].namespace_number);
    values_.remove(number);
  }

  Value& operator[](Number number) { return values_[number]; }
  const Value& operator[](Number number) const { return values_[number]; }
  // Valid until it is erased.
  FullName name(Number number) const {
    const Named& named = values_[number];
    return {namespaces_.text(named.namespace_number), {named.name.get(), named.name_bytes}};
  }
  std::size_t size() const { return values_.size(); }
  // What the names and values take of memory, about. What is free is kept for others and does not count.
  std::size_t bytes() const { return names_bytes_ + namespaces_.bytes(); }

  // See NumberedValues.
  template <class Visit>
  void for_each(Visit visit) const {
    values_.for_each(visit);
  }
  template <class Visit>
  std::optional<Number> visit_some(Number from, Number most, Visit visit) const {
    return values_.visit_some(from, most, visit);
  }

 private:
  // The hash stands beside the number, so that the index grows without a look at the names.
  struct Place {
    Number number = kNone;
    std::uint32_t hash = 0;
  };
  struct Sought {
    FullName name;
    std::uint32_t hash = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Place& place) const { return place.hash; }
    std::size_t operator()(const Sought& sought) const { return sought.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const NameTable* table;
    bool operator()(const Place& a, const Place& b) const { return a.number == b.number; }
    bool operator()(const Sought& a, const Place& b) const {
      return a.hash == b.hash && a.name == table->name(b.number);
    }
    bool operator()(const Place& a, const Sought& b) const { return (*this)(b, a); }
  };

  std::uint32_t hash(const FullName& name) const {
    return static_cast<std::uint32_t>(keyed_hash(key_, 0, name.namespace_name, name.name));
  }
  // A value, its place in an index that is two thirds full, and the name, of which malloc takes eight bytes
  // more, in steps of sixteen.
  static std::size_t bytes_of(std::size_t name_bytes) {
    return sizeof(Value) + (sizeof(Place) + 1) * 3 / 2 + std::max<std::size_t>(32, (name_bytes + 23) & ~15U);
  }

  HashKey key_;
  Interner namespaces_{kNamespacesMax};
  NumberedValues<Value> values_;
  boost::unordered_flat_set<Place, Hash, Equal> index_;
  std::size_t names_bytes_ = 0;
};

}  // namespace hygiene::counting
