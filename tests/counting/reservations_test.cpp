// Entries and their charges against an oracle that adds them up anew, and what they take of memory.
#include "counting/reservations.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::stored;

struct Kept {
  Reservation reservation;
  std::uint64_t read = 0;
  bool ended = false;
};

// A name's charge in each scope: the largest of its reservations that are not decided, beyond what is stored.
std::map<ScopeId, Tally> add_up(const std::vector<Kept>& all, const Inventory& inventory,
                                const Selection& selection, std::uint64_t read) {
  std::map<std::string, std::map<ScopeId, Tally>> by_name;
  for (const auto& kept : all) {
    if (kept.ended || kept.read > read) continue;
    for (const auto& scope : selection.scopes_of(kept.reservation.view().subject())) {
      auto& tally = by_name[kept.reservation.namespace_name + '/' + kept.reservation.name][scope.id];
      tally = {1, std::max(tally.bytes, kept.reservation.bytes), 0};
    }
  }
  std::map<ScopeId, Tally> sums;
  for (auto& [name, tallies] : by_name) {
    const auto slash = name.find('/');
    if (const auto found = inventory.find(name.substr(0, slash), name.substr(slash + 1))) {
      for (const auto& scope : selection.scopes_of(found->subject)) {
        if (!tallies.contains(scope.id)) continue;
        auto& tally = tallies[scope.id];
        tally = {0, tally.bytes - std::min(tally.bytes, found->stored.bytes.value_or(0)), 0};
      }
    }
    for (const auto& [scope, tally] : tallies) {
      sums[scope].count += tally.count;
      sums[scope].bytes += tally.bytes;
    }
  }
  return sums;
}

// A book and what should be in it.
struct Model {
  Model(std::uint64_t seed, bool keeps)
      : random(seed), keeps_ended(keeps), reservations(inventory, test::kKey, {keeps}) {
    select();
  }

  std::size_t below(std::size_t bound) { return random() % bound; }
  std::string name() {
    return below(2) == 0 ? "sh.helm.release.v1.web.v" + std::to_string(1 + below(3))
                         : "s" + std::to_string(below(4));
  }
  std::string in() { return below(2) == 0 ? "team-a" : "team-b"; }
  void select() {
    selection = test::select(test::kOfEachScope);
    inventory.select(selection);
    reservations.select(selection);
  }
  void add() {
    const Reservation reservation{
        {++ids, below(3) == 0 ? ids : 0, ids}, in(), name(), below(3) == 0 ? "u" : "t", below(5)};
    if (below(3) != 0) ++read;
    REQUIRE(reservations.add(reservation.view(), now, read));
    all.push_back({reservation, read, false});
  }
  void end() {
    if (all.empty()) return;
    auto& kept = all[below(all.size())];
    const auto item = reservations.find(kept.reservation.view());
    REQUIRE(item);
    CHECK(item->reservation.bytes == kept.reservation.bytes);
    CHECK(item->ended.has_value() == kept.ended);
    const bool ends = !kept.ended && below(2) == 0;
    if (ends) {
      reservations.end(*item, 7);
    } else {
      reservations.remove(*item);
    }
    kept.ended = true;
    if (!ends || !keeps_ended) {
      CHECK_FALSE(reservations.find(kept.reservation.view()));
      all.erase(all.begin() + (&kept - all.data()));
    }
  }
  // Something becomes stored, or goes; reservations of an even uid are over by it.
  void store() {
    const std::string where = in(), what = name();
    if (below(3) == 0) {
      inventory.remove(where, what, ++revision);
    } else {
      inventory.put({where, what, below(3) == 0 ? "u" : "t"}, stored(1, ++revision, below(5)));
    }
    reservations.refresh(where, what, [](const Reservations::Item& item) {
      return item.reservation.key.uid % 2 == 0 ? std::optional<std::uint64_t>(5) : std::nullopt;
    });
    for (auto& kept : all) {
      const auto& reservation = kept.reservation;
      if (reservation.namespace_name == where && reservation.name == what && reservation.key.uid % 2 == 0)
        kept.ended = true;
    }
    if (!keeps_ended) std::erase_if(all, [](const Kept& kept) { return kept.ended; });
  }
  void drop_decided() {
    reservations.remove_if([](const Reservations::Item& item) { return item.ended.has_value(); });
    std::erase_if(all, [](const Kept& kept) { return kept.ended; });
  }
  void compare() {
    REQUIRE(reservations.size() == all.size());
    for (const auto as_of : {kAllReads, read - std::min<std::uint64_t>(read, below(6))}) {
      const auto sums = add_up(all, inventory, *selection, as_of);
      for (const auto& kept : all) {
        for (const auto& scope : selection->scopes_of(kept.reservation.view().subject())) {
          const auto sum = sums.contains(scope.id) ? sums.at(scope.id) : Tally{};
          const auto found = as_of == kAllReads ? reservations.reserved(scope.id)
                                                : reservations.reserved_as_of(scope.id, as_of);
          REQUIRE(found == sum);
          const bool newer = std::ranges::any_of(all, [&](const Kept& each) {
            const auto others = selection->scopes_of(each.reservation.view().subject());
            return each.read > as_of && std::ranges::find(others, scope.id, &Scope::id) != others.end();
          });
          REQUIRE(reservations.newer(scope.id, as_of) == newer);
        }
      }
    }
    if (all.empty()) CHECK(reservations.bytes() == 0);
  }

  std::mt19937_64 random;
  bool keeps_ended;
  Inventory inventory{test::kKey};
  Reservations reservations;
  std::shared_ptr<const Selection> selection;
  std::vector<Kept> all;
  std::uint64_t ids = 0, read = 0, revision = 0;
  Time now{0};
};

Reservation entry_of(std::uint64_t uid, const std::string& name, std::uint64_t before = 0) {
  return {{uid, before, uid}, "team", name, "t", 10};
}

struct Filled {
  explicit Filled(std::size_t bytes_max = std::numeric_limits<std::size_t>::max())
      : reservations(inventory, test::kKey, {false, bytes_max}) {
    const auto selection = test::select(test::kOfEachScope);
    inventory.select(selection);
    reservations.select(selection);
  }
  bool add(std::uint64_t uid, const std::string& name, std::uint64_t before = 0) {
    return reservations.add(entry_of(uid, name, before).view(), Time(uid), uid);
  }
  Inventory inventory{test::kKey};
  Reservations reservations;
};

}  // namespace

TEST_CASE("what reservations charge is what adding them up gives, whatever came before") {
  for (const bool keeps : {false, true}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      INFO("seed " << seed);
      Model model(seed, keeps);
      for (int step = 0; step < 150; ++step, model.now += Time(1)) {
        const auto what = model.below(100);
        if (what < 50) {
          model.add();
        } else if (what < 75) {
          model.end();
        } else if (what < 95) {
          model.store();
        } else if (what < 98) {
          model.drop_decided();
        } else {
          model.select();
        }
        model.compare();
      }
      model.reservations.remove_if([](const Reservations::Item&) { return true; });
      model.all.clear();
      model.compare();
    }
  }
}

TEST_CASE("a reservation of ordinary names takes about 150 bytes, and what ended leaves its room to others") {
  Filled f(14'000);
  std::uint64_t uid = 0;
  for (bool fits = true; fits && uid < 1'000; ++uid)
    fits = f.add(uid, "a-name-of-24-bytes-" + std::to_string(10'000 + uid));
  const auto fitted = f.reservations.size();
  CHECK(fitted >= 14'000 / 150);
  CHECK(f.reservations.bytes() <= 14'000);
  CHECK_FALSE(f.add(++uid, "another"));
  f.reservations.remove_if([](const Reservations::Item&) { return true; });
  CHECK(f.reservations.bytes() == 0);
  for (std::size_t i = 0; i < fitted; ++i)
    CHECK(f.add(++uid, "b-name-of-24-bytes-" + std::to_string(10'000 + i)));
  CHECK_FALSE(f.add(++uid, "another"));
  CHECK(f.reservations.size() == fitted);
}

TEST_CASE("a reservation of a size that no Secret has leaves nothing behind") {
  Filled f;
  auto reservation = entry_of(1, "a");
  reservation.bytes = std::numeric_limits<std::uint64_t>::max();
  REQUIRE(f.reservations.add(reservation.view(), Time(1), 1));
  const auto scopes = test::select(test::kOfEachScope)->scopes_of(reservation.view().subject());
  REQUIRE_FALSE(scopes.empty());
  CHECK(f.reservations.reserved(scopes.front().id) == Tally{1, ReservationMemory::kBytesMax, 0});
  f.reservations.remove(*f.reservations.find(reservation.view()));
  for (const auto& scope : scopes) CHECK(f.reservations.reserved(scope.id) == Tally{});
}

TEST_CASE("the sizes of one name's reservations take of the memory for reservations too") {
  Filled f(14'000);
  const auto entries_that_fit = [&f](std::uint64_t growth) {
    std::uint64_t uid = 0;
    auto reservation = entry_of(1, "a");
    for (; f.reservations.add(reservation.view(), Time(uid), uid) && uid < 1'000; reservation.bytes += growth)
      reservation.key.uid = ++uid;
    f.reservations.remove_if([](const Reservations::Item&) { return true; });
    CHECK(f.reservations.bytes() == 0);
    return uid;
  };
  const auto of_one_size = entries_that_fit(0);
  CHECK(of_one_size < 14'000 / 72);
  CHECK(entries_that_fit(1) < of_one_size * 2 / 3);
}

TEST_CASE(
    "a name that no Secret can have, and namespaces and types of any length, are kept within the bound") {
  Filled f(10'000);
  CHECK_FALSE(f.add(1, std::string(254, 'n')));
  CHECK(f.add(2, std::string(253, 'n')));
  Reservation large = entry_of(3, "large");
  large.type = std::string(10'000, 't');
  CHECK_FALSE(f.reservations.add(large.view(), Time(3), 3));
  CHECK(f.reservations.size() == 1);
}

TEST_CASE(
    "reservations whose time is over are visited in turn, UPDATEs too, and again only where that is asked "
    "for") {
  Filled f;
  for (std::uint64_t uid = 1; uid <= 4; ++uid) f.add(uid, "s" + std::to_string(uid));
  f.add(5, "u5", 40);
  std::vector<std::uint64_t> seen;
  const auto visit = [&](std::size_t most, Time moment = Time(10)) {
    seen.clear();
    f.reservations.for_each_seen_by(moment, [&](const Reservations::Item& item) {
      if (seen.size() == most) return false;
      seen.push_back(item.reservation.key.uid);
      return true;
    });
    return seen;
  };
  using Uids = std::vector<std::uint64_t>;
  CHECK(visit(9, Time(0)).empty());
  f.reservations.look_again();
  CHECK(visit(2) == Uids{1, 2});
  // The next in turn goes: the one behind it comes.
  f.reservations.remove(*f.reservations.find(entry_of(3, "s3").view()));
  f.reservations.look_again();
  CHECK(visit(9) == Uids{4, 5});
  CHECK(visit(9).empty());
  f.reservations.look_again();
  CHECK(visit(9, Time(4)) == Uids{1, 2, 4});
  CHECK(visit(9) == Uids{5});
}

TEST_CASE("reservations are visited in steps, each once") {
  Filled f;
  for (std::uint64_t uid = 1; uid <= 10; ++uid) f.add(uid, "s" + std::to_string(uid));
  f.reservations.remove(*f.reservations.find(entry_of(4, "s4").view()));
  std::vector<std::uint64_t> seen;
  std::size_t steps = 0;
  for (std::optional<std::uint32_t> from = 0; from; ++steps) {
    from = f.reservations.visit_some(
        *from, 4, [&](const Reservations::Item& item) { seen.push_back(item.reservation.key.uid); });
  }
  CHECK(steps == 3);
  CHECK(seen == std::vector<std::uint64_t>{1, 2, 3, 5, 6, 7, 8, 9, 10});
}

// Hidden: `test_counting [.memory]` prints it.
TEST_CASE("the memory of half a million reservations", "[.memory]") {
  constexpr std::uint64_t kEntries = 500'000;
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0, pages = 0;
    statm >> all >> pages;
    return pages * 4096;
  };
  Filled f;
  const auto before = resident();
  for (std::uint64_t uid = 1; uid <= kEntries; ++uid) f.add(uid, "a-name-of-24-bytes-" + std::to_string(uid));
  std::cout << "an entry: " << f.reservations.bytes() / kEntries << " bytes as they are counted, "
            << (resident() - before) / kEntries << " resident\n";
}

}  // namespace hygiene::counting
