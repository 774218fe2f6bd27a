// What one schedule of the simulation is about: which Secrets there may be, the policies that count them, and
// the same limits once more, in plain numbers that the engine has no part in. Thread-safety: values.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "counting/reservation.hpp"

namespace hygiene::counting::test {

// Numbers that depend on nothing but the seed, on every machine. Source: splitmix64, by S. Vigna, public
// domain.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    auto mixed = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
  }
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : next() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

// Names of Secrets, and their types, by number.
using Slot = std::uint8_t;
using Type = std::uint8_t;
inline constexpr std::size_t kSlotsMax = 10;
inline constexpr std::size_t kTypesMax = 5;

inline constexpr Time kUnit{250};            // of one step
inline constexpr Time kSettle = 90 * kUnit;  // also how long the API server gives a write

// By slot the bytes that are charged; 0: no such Secret. No Secret of the simulation is empty.
using Charges = std::array<std::uint32_t, kSlotsMax>;

struct Scenario {
  struct Name {
    std::string namespace_name;
    std::string name;
  };
  struct Limit {
    ScopeKind kind = ScopeKind::cluster;
    bool of_bytes = false;
    std::uint64_t allowed = 0;
    std::vector<std::vector<Slot>> scopes;

    std::uint64_t used(const std::vector<Slot>& scope, const Charges& charges) const {
      std::uint64_t sum = 0;
      for (const auto slot : scope) sum += of_bytes ? charges[slot] : (charges[slot] == 0 ? 0U : 1U);
      return sum;
    }
  };

  static Scenario make(Random& random);
  // With `more` another policy comes before the others, so that indexes and watches move.
  std::shared_ptr<const Selection> policies(bool more) const;
  // Precondition: one of `types`, or empty: the one that no policy names.
  Type type_number(std::string_view type) const;
  Slot slot_of(std::string_view namespace_name, std::string_view name) const;

  std::vector<Name> names;
  // The first `counted` of them are counted, the first `written` are those of writes, the rest of markers
  // only.
  std::vector<std::string> types;
  Type counted = 0;
  Type written = 0;
  std::vector<Limit> limits;
  std::uint64_t allow_growth = 0;
  Type spared_type = 0xff;  // an UPDATE of it is never denied
  bool roomy = false;       // blocks are taken, and used up to the last of their places
  std::string text;         // of the policies
};

}  // namespace hygiene::counting::test
