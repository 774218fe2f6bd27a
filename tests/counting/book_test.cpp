// Entries and their charges against an oracle that adds them up anew, and what they take of memory.
#include "counting/book.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

#include "support.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::stored;

const std::string kPolicies =
    document("a",
             "  mode: Enforce\n  match: {types: [t]}\n"
             "  limits: {secretsPerNamespace: 9, secretsPerRelease: 9, bytesPerNamespace: 1Ki}") +
    document("b", "  mode: Warn\n  limits: {secretsPerCluster: 9}");

struct Kept {
  Entry entry;
  std::uint64_t read = 0;
  bool decided = false;
};

// A name's charge in each scope: the largest of its entries that are not decided, beyond what is stored.
std::map<ScopeId, Tally> add_up(const std::vector<Kept>& all, const Inventory& inventory,
                                const Selection& selection, std::uint64_t read) {
  std::map<std::string, std::map<ScopeId, Tally>> by_name;
  std::vector<Scope> scopes;
  for (const auto& kept : all) {
    if (kept.decided || kept.read > read) continue;
    selection.scopes_of(kept.entry.view().subject(), scopes);
    for (const auto& scope : scopes) {
      auto& tally = by_name[kept.entry.namespace_name + '/' + kept.entry.name][scope.id];
      tally = {1, std::max(tally.bytes, kept.entry.bytes), 0};
    }
  }
  std::map<ScopeId, Tally> sums;
  for (auto& [name, tallies] : by_name) {
    const auto slash = name.find('/');
    if (const auto found = inventory.find(name.substr(0, slash), name.substr(slash + 1))) {
      selection.scopes_of(found->subject, scopes);
      for (const auto& scope : scopes) {
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
      : random(seed), keeps_decided(keeps), book(inventory, test::kKey, {keeps}) {
    select();
  }

  std::size_t below(std::size_t bound) { return random() % bound; }
  std::string name() {
    return below(2) == 0 ? "sh.helm.release.v1.web.v" + std::to_string(1 + below(3))
                         : "s" + std::to_string(below(4));
  }
  std::string in() { return below(2) == 0 ? "team-a" : "team-b"; }
  void select() {
    selection = test::select(kPolicies);
    inventory.select(selection);
    book.select(selection);
  }
  void add() {
    const Entry entry{
        {++ids, below(3) == 0 ? ids : 0, ids}, in(), name(), below(3) == 0 ? "u" : "t", below(5)};
    if (below(3) != 0) ++read;
    REQUIRE(book.add(entry.view(), now, read));
    all.push_back({entry, read, false});
  }
  void end() {
    if (all.empty()) return;
    auto& kept = all[below(all.size())];
    const auto item = book.find(kept.entry.view());
    REQUIRE(item);
    CHECK(item->entry.bytes == kept.entry.bytes);
    CHECK(item->decided.has_value() == kept.decided);
    const bool decides = below(2) == 0;
    if (decides) {
      book.decide(*item, 7);
    } else {
      book.remove(*item);
    }
    kept.decided = true;
    if (!decides || !keeps_decided) {
      CHECK_FALSE(book.find(kept.entry.view()));
      all.erase(all.begin() + (&kept - all.data()));
    }
  }
  // Something becomes stored, or goes; entries of an even uid are over by it.
  void store() {
    const std::string where = in(), what = name();
    if (below(3) == 0) {
      inventory.remove(where, what, ++revision);
    } else {
      inventory.put({where, what, below(3) == 0 ? "u" : "t"}, stored(1, ++revision, below(5)));
    }
    book.refresh(where, what, [](const Book::Item& item) {
      return item.entry.key.uid % 2 == 0 ? std::optional<std::uint64_t>(5) : std::nullopt;
    });
    for (auto& kept : all) {
      const auto& entry = kept.entry;
      if (entry.namespace_name == where && entry.name == what && entry.key.uid % 2 == 0) kept.decided = true;
    }
    if (!keeps_decided) std::erase_if(all, [](const Kept& kept) { return kept.decided; });
  }
  void drop_decided() {
    book.remove_if([](const Book::Item& item) { return item.decided.has_value(); });
    std::erase_if(all, [](const Kept& kept) { return kept.decided; });
  }
  void compare() {
    REQUIRE(book.size() == all.size());
    for (const auto as_of : {kAllReadings, read - std::min<std::uint64_t>(read, below(6))}) {
      const auto sums = add_up(all, inventory, *selection, as_of);
      for (const auto& kept : all) {
        std::vector<Scope> scopes;
        selection->scopes_of(kept.entry.view().subject(), scopes);
        for (const auto& scope : scopes) {
          const auto sum = sums.contains(scope.id) ? sums.at(scope.id) : Tally{};
          const auto found =
              as_of == kAllReadings ? book.reserved(scope.id) : book.reserved_as_of(scope.id, as_of);
          REQUIRE(found == sum);
          const bool newer = std::ranges::any_of(all, [&](const Kept& each) {
            std::vector<Scope> others;
            selection->scopes_of(each.entry.view().subject(), others);
            return each.read > as_of && std::ranges::find(others, scope.id, &Scope::id) != others.end();
          });
          REQUIRE(book.newer(scope.id, as_of) == newer);
        }
      }
    }
    if (all.empty()) CHECK(book.bytes() == 0);
  }

  std::mt19937_64 random;
  bool keeps_decided;
  Inventory inventory{test::kKey};
  Book book;
  std::shared_ptr<const Selection> selection;
  std::vector<Kept> all;
  std::uint64_t ids = 0, read = 0, revision = 0;
  Time now{0};
};

Entry entry_of(std::uint64_t uid, const std::string& name, std::uint64_t before = 0) {
  return {{uid, before, uid}, "team", name, "t", 10};
}

struct Filled {
  explicit Filled(std::size_t bytes_max = std::numeric_limits<std::size_t>::max())
      : book(inventory, test::kKey, {false, bytes_max}) {
    const auto selection = test::select(kPolicies);
    inventory.select(selection);
    book.select(selection);
  }
  bool add(std::uint64_t uid, const std::string& name, std::uint64_t before = 0) {
    return book.add(entry_of(uid, name, before).view(), Time(uid), uid);
  }
  Inventory inventory{test::kKey};
  Book book;
};

}  // namespace

TEST_CASE("what entries charge is what adding them up gives, whatever came before") {
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
      model.book.remove_if([](const Book::Item&) { return true; });
      model.all.clear();
      model.compare();
    }
  }
}

TEST_CASE("an entry of ordinary names takes about 150 bytes, and what ended leaves its room to others") {
  Filled f(14'000);
  std::uint64_t uid = 0;
  for (bool fits = true; fits && uid < 1'000; ++uid)
    fits = f.add(uid, "a-name-of-24-bytes-" + std::to_string(10'000 + uid));
  const auto fitted = f.book.size();
  CHECK(fitted >= 14'000 / 150);
  CHECK(f.book.bytes() <= 14'000);
  CHECK_FALSE(f.add(++uid, "another"));
  f.book.remove_if([](const Book::Item&) { return true; });
  CHECK(f.book.bytes() == 0);
  for (std::size_t i = 0; i < fitted; ++i)
    CHECK(f.add(++uid, "b-name-of-24-bytes-" + std::to_string(10'000 + i)));
  CHECK_FALSE(f.add(++uid, "another"));
  CHECK(f.book.size() == fitted);
}

TEST_CASE("an entry of a size that no Secret has leaves nothing behind") {
  Filled f;
  auto entry = entry_of(1, "a");
  entry.bytes = std::numeric_limits<std::uint64_t>::max();
  REQUIRE(f.book.add(entry.view(), Time(1), 1));
  std::vector<Scope> scopes;
  test::select(kPolicies)->scopes_of(entry.view().subject(), scopes);
  REQUIRE_FALSE(scopes.empty());
  CHECK(f.book.reserved(scopes.front().id) == Tally{1, EntryStore::kBytesMax, 0});
  f.book.remove(*f.book.find(entry.view()));
  for (const auto& scope : scopes) CHECK(f.book.reserved(scope.id) == Tally{});
}

TEST_CASE("the sizes of one name's entries take of the memory for entries too") {
  Filled f(14'000);
  const auto entries_that_fit = [&f](std::uint64_t growth) {
    std::uint64_t uid = 0;
    auto entry = entry_of(1, "a");
    for (; f.book.add(entry.view(), Time(uid), uid) && uid < 1'000; entry.bytes += growth)
      entry.key.uid = ++uid;
    f.book.remove_if([](const Book::Item&) { return true; });
    CHECK(f.book.bytes() == 0);
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
  Entry large = entry_of(3, "large");
  large.type = std::string(10'000, 't');
  CHECK_FALSE(f.book.add(large.view(), Time(3), 3));
  CHECK(f.book.size() == 1);
}

TEST_CASE(
    "entries whose time is over are visited in turn, UPDATEs too, and again only where that is asked for") {
  Filled f;
  for (std::uint64_t uid = 1; uid <= 4; ++uid) f.add(uid, "s" + std::to_string(uid));
  f.add(5, "u5", 40);
  std::vector<std::uint64_t> seen;
  const auto visit = [&](std::size_t most, Time moment = Time(10)) {
    seen.clear();
    f.book.for_each_seen_by(moment, [&](const Book::Item& item) {
      if (seen.size() == most) return false;
      seen.push_back(item.entry.key.uid);
      return true;
    });
    return seen;
  };
  using Uids = std::vector<std::uint64_t>;
  CHECK(visit(9, Time(0)).empty());
  f.book.look_again();
  CHECK(visit(2) == Uids{1, 2});
  // The next in turn goes: the one behind it comes.
  f.book.remove(*f.book.find(entry_of(3, "s3").view()));
  f.book.look_again();
  CHECK(visit(9) == Uids{4, 5});
  CHECK(visit(9).empty());
  f.book.look_again();
  CHECK(visit(9, Time(4)) == Uids{1, 2, 4});
  CHECK(visit(9) == Uids{5});
}

TEST_CASE("entries are visited in steps, each once") {
  Filled f;
  for (std::uint64_t uid = 1; uid <= 10; ++uid) f.add(uid, "s" + std::to_string(uid));
  f.book.remove(*f.book.find(entry_of(4, "s4").view()));
  std::vector<std::uint64_t> seen;
  std::size_t steps = 0;
  for (std::optional<std::uint32_t> from = 0; from; ++steps) {
    from = f.book.visit_some(*from, 4, [&](const Book::Item& item) { seen.push_back(item.entry.key.uid); });
  }
  CHECK(steps == 3);
  CHECK(seen == std::vector<std::uint64_t>{1, 2, 3, 5, 6, 7, 8, 9, 10});
}

// Hidden: `test_counting [.memory]` prints it.
TEST_CASE("the memory of half a million entries", "[.memory]") {
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
  std::cout << "an entry: " << f.book.bytes() / kEntries << " bytes as they are counted, "
            << (resident() - before) / kEntries << " resident\n";
}

}  // namespace hygiene::counting
