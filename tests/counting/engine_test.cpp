// What the simulation does not show: bounds, and what is asked of the API server.
#include "counting/engine.hpp"

#include <set>

#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::kPolicy;
using test::OneReplica;
using test::options;
using test::stored;
using namespace std::chrono_literals;

TEST_CASE("in local mode no ledger is missing") {
  CHECK(OneReplica(false).engine.has_ledger());
  CHECK_FALSE(OneReplica(true).engine.has_ledger());
}

TEST_CASE(
    "in local mode what fits is allowed at once, and what does not is denied after one list of its scope") {
  OneReplica replica(false);
  replica.create("a");
  CHECK(replica.decision()->answer == Answer::allowed);
  CHECK(replica.engine.take_effects().empty());
  replica.create("b");
  CHECK_FALSE(replica.decision());
  replica.confirm(20);
  const auto denied = replica.decision();
  REQUIRE(denied);
  CHECK(denied->answer == Answer::denied);
  REQUIRE(denied->usages.size() == 2);
  CHECK(denied->usages[0].used == 2);
  CHECK(denied->usages[0].exceeded());
  CHECK(denied->usages[1].used == 200);
  CHECK_FALSE(denied->usages[1].exceeded());
}

TEST_CASE("lists that confirm denials take a fifth of the time, and pauses are a tenth of a second to one") {
  struct Case {
    int list_steps;  // of 10 ms
    std::size_t lists;
  };
  for (const auto& [list_steps, lists] : {Case{0, 30}, {5, 12}, {100, 2}}) {
    OneReplica replica(false);
    replica.create("a");
    std::size_t begun = 0, denied = 0;
    ListId list = 0;
    int ends = -1;
    for (int i = 0; i < 300; ++i, replica.now += 10ms) {
      replica.create("b" + std::to_string(i));
      for (const auto& wanted : replica.effects<ListScope>()) {
        ++begun;
        list = wanted.list;
        ends = i + list_steps;
      }
      if (ends == i) replica.engine.list_ends(list, 20, replica.now);
      for (const auto& decision : replica.engine.take_decisions())
        denied += decision.answer == Answer::denied ? 1 : 0;
    }
    CHECK(begun == lists);
    CHECK(denied > 0);
  }
}

TEST_CASE("a dry run is judged and keeps no reservation") {
  OneReplica replica(false);
  replica.engine.request(replica.claims("a", true), replica.now);
  CHECK(replica.decision()->answer == Answer::allowed);
  CHECK(replica.engine.shard(0).reservations().size() == 0);
  replica.create("b");
  CHECK(replica.decision()->answer == Answer::allowed);
  replica.engine.request(replica.claims("c", true), replica.now);
  replica.confirm(20);
  CHECK(replica.decision()->answer == Answer::denied);
}

TEST_CASE("a reservation ends when the watch shows its uid, or by time and a read of its name") {
  OneReplica replica(false);
  replica.create("a");
  CHECK(replica.engine.shard(0).reservations().size() == 1);
  replica.engine.shows(0, {"team", "a", "t"}, stored(uid_bits("uid-of-a"), 11, 100), replica.now);
  CHECK(replica.engine.shard(0).reservations().size() == 0);
  replica.engine.removes(0, {"team", "a", "t"}, uid_bits("uid-of-a"), 12, replica.now);

  replica.create("b");
  replica.now += 59'999ms;
  replica.engine.tick(replica.now);
  CHECK(replica.effects<ReadName>().empty());
  replica.now += 1ms;
  replica.engine.tick(replica.now);
  auto reads = replica.effects<ReadName>();
  REQUIRE(reads.size() == 1);
  replica.engine.name_read(reads.front(), std::nullopt, replica.now);
  CHECK(replica.engine.shard(0).reservations().size() == 1);
  replica.engine.tick(replica.now);
  reads = replica.effects<ReadName>();
  REQUIRE(reads.size() == 1);
  replica.engine.name_read(reads.front(), NameState{}, replica.now);
  CHECK(replica.engine.shard(0).reservations().size() == 0);
}

TEST_CASE("many reservations whose time is over are read back as answers come, sixteen at once") {
  OneReplica replica(
      false,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 100}"));
  for (int i = 0; i < 40; ++i) replica.create("s" + std::to_string(i));
  replica.now += 60'000ms;
  replica.engine.tick(replica.now);
  auto reads = replica.effects<ReadName>();
  CHECK(reads.size() == 16);
  std::size_t answered = 0;
  for (; !reads.empty(); ++answered) {
    replica.engine.name_read(reads.back(), NameState{}, replica.now);
    reads.pop_back();
    for (auto& next : replica.effects<ReadName>()) reads.push_back(std::move(next));
    REQUIRE(reads.size() <= 16);
  }
  CHECK(answered == 40);
  CHECK(replica.engine.shard(0).reservations().size() == 0);
}

TEST_CASE("a name that cannot be read is not tried again before the next tick, and keeps no other waiting") {
  OneReplica replica(
      false,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 100}"));
  for (int i = 0; i < 40; ++i) replica.create("s" + std::to_string(i));
  replica.now += 60'000ms;
  for (int tick = 0; tick < 2; ++tick) {
    replica.engine.tick(replica.now);
    std::set<std::string> asked;
    for (auto reads = replica.effects<ReadName>(); !reads.empty(); reads = replica.effects<ReadName>()) {
      for (const auto& read : reads) {
        CHECK(asked.insert(read.name).second);
        replica.engine.name_read(read, std::nullopt, replica.now);
      }
    }
    CHECK(asked.size() == 40);
    CHECK(replica.engine.shard(0).reservations().size() == 40);
  }
}

TEST_CASE("a call that comes after the watch has shown its write holds no place past its time") {
  OneReplica replica(false);
  replica.engine.shows(0, {"team", "a", "t"}, stored(uid_bits("uid-of-a"), 11, 100), replica.now);
  replica.create("a");
  CHECK(replica.engine.shard(0).reservations().size() == 1);
  replica.now += 60'000ms;
  replica.engine.tick(replica.now);
  CHECK(replica.effects<ReadName>().empty());
  CHECK(replica.engine.shard(0).reservations().size() == 0);
}

TEST_CASE("beyond the memory for reservations nothing is known, until others are settled") {
  auto small = options(false);
  small.reservations_bytes_max = 450;
  OneReplica replica(
      small,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 99}"));
  replica.create("a");
  CHECK(replica.decision()->answer == Answer::allowed);
  replica.create("b");
  const auto full = replica.decision();
  REQUIRE(full);
  CHECK(full->answer == Answer::unknown);
  CHECK(full->why == Unknown::no_room);
  REQUIRE(full->usages.size() == 1);
  CHECK(full->usages[0].used == 2);
  CHECK(replica.engine.shard(0).reservations().size() == 1);
  // What keeps no reservation needs no room.
  replica.engine.request(replica.claims("c", true), replica.now);
  CHECK(replica.decision()->answer == Answer::allowed);
  replica.engine.shows(0, {"team", "a", "t"}, stored(uid_bits("uid-of-a"), 11, 100), replica.now);
  replica.create("d");
  CHECK(replica.decision()->answer == Answer::allowed);
}

TEST_CASE("a write that waited and then finds no room for its reservation is not known either") {
  auto small = options(false);
  small.reservations_bytes_max = 450;
  OneReplica replica(
      small,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 1}"));
  replica.engine.shows(0, {"team", "old", "t"}, stored(7, 11, 100), replica.now);
  replica.engine.request(replica.claims("elsewhere", false, "other"), replica.now);
  CHECK(replica.decision()->answer == Answer::allowed);
  replica.create("a");
  CHECK_FALSE(replica.decision());
  replica.engine.removes(0, {"team", "old", "t"}, 7, 12, replica.now);
  const auto full = replica.decision();
  REQUIRE(full);
  CHECK(full->answer == Answer::unknown);
  CHECK(full->why == Unknown::no_room);
}

TEST_CASE("writes that fit do not keep those that wait from what is due to them") {
  OneReplica replica(false);
  replica.create("a");
  replica.create("b");
  const auto first = replica.effects<ListScope>();
  REQUIRE(first.size() == 1);
  replica.engine.list_failed(first.front().list, replica.now);
  replica.now += 99ms;
  const auto fits = [&](const std::string& name) {
    replica.engine.request(replica.claims(name, false, "in-" + name), replica.now);
    return replica.effects<ListScope>().size();
  };
  CHECK(fits("c") == 0);
  replica.now += 1ms;
  CHECK(fits("d") == 1);
}

TEST_CASE("tries of one CREATE charge its name once, the largest, and until the last has ended") {
  OneReplica replica(false);
  for (int i = 0; i < 3; ++i) replica.create("a");
  const auto scope = replica.claims("a").claims.front().scope;
  CHECK(replica.engine.shard(0).reservations().size() == 3);
  CHECK(replica.engine.shard(0).used(scope.id).count == 1);
  CHECK(replica.engine.shard(0).reservations().charge(scope, {"team", "a", "t"}).has_value());
  CHECK_FALSE(replica.engine.shard(0).reservations().charge(scope, {"team", "b", "t"}).has_value());
  replica.now += 60'000ms;
  replica.engine.tick(replica.now);
  CHECK(replica.engine.shard(0).used(scope.id).count == 1);
  const auto reads = replica.effects<ReadName>();
  REQUIRE(reads.size() == 1);
  replica.engine.name_read(reads.front(), NameState{}, replica.now);
  CHECK(replica.engine.shard(0).used(scope.id).count == 0);
  CHECK(replica.engine.shard(0).reservations().size() == 0);
}

TEST_CASE("what a read of a name says holds for the reservations whose time was over when it was asked for") {
  OneReplica replica(
      false,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 100}"));
  replica.create("a");
  auto other = replica.claims("a");
  other.uid = 77;
  replica.engine.request(other, replica.now);
  replica.now += 1ms;
  replica.engine.request(other, replica.now);
  replica.now += 59'999ms;
  replica.engine.tick(replica.now);
  auto reads = replica.effects<ReadName>();
  REQUIRE(reads.size() == 1);
  SECTION("not for one that came later, which is asked about anew") {
    replica.now += 1ms;  // its time is over too when the answer comes
    replica.engine.name_read(reads.front(), NameState{}, replica.now);
    CHECK(replica.engine.shard(0).reservations().size() == 1);
    reads = replica.effects<ReadName>();
    REQUIRE(reads.size() == 1);
    replica.engine.name_read(reads.front(), NameState{}, replica.now);
    CHECK(replica.engine.shard(0).reservations().size() == 0);
  }
  SECTION("for none where it failed; the next tick asks again") {
    replica.engine.name_read(reads.front(), std::nullopt, replica.now);
    CHECK(replica.engine.shard(0).reservations().size() == 3);
    replica.engine.tick(replica.now);
    reads = replica.effects<ReadName>();
    REQUIRE(reads.size() == 1);
    replica.engine.name_read(reads.front(), NameState{}, replica.now);
    CHECK(replica.engine.shard(0).reservations().size() == 1);
  }
  SECTION("also where the one that was asked about has ended meanwhile") {
    replica.engine.shows(0, {"team", "a", "t"}, stored(uid_bits("uid-of-a"), 11, 100), replica.now);
    CHECK(replica.engine.shard(0).reservations().size() == 2);
    replica.engine.name_read(reads.front(), NameState{}, replica.now);
    CHECK(replica.engine.shard(0).reservations().size() == 1);
  }
}

TEST_CASE("until the watches are listed, and while sizes are unknown, nothing is known") {
  OneReplica replica(false);
  replica.engine.shows(0, {"team", "old", "t"}, {7, 11, std::nullopt, 0}, replica.now);
  replica.create("a");
  auto decision = replica.decision();
  CHECK(decision->answer == Answer::unknown);
  CHECK(decision->why == Unknown::unmeasured);
  replica.engine.measured({"team", "old", "t"}, stored(7, 11, 5), replica.now);
  replica.engine.removes(0, {"team", "old", "t"}, 7, 12, replica.now);
  replica.create("b");
  CHECK(replica.decision()->answer == Answer::allowed);

  Engine fresh(options(false), test::kKey, replica.now);
  fresh.select(test::select(document("limits", kPolicy)), replica.now);
  fresh.request(replica.claims("c"), replica.now);
  const auto unknown = fresh.take_decisions();
  REQUIRE(unknown.size() == 1);
  CHECK(unknown.front().why == Unknown::not_synced);
}

TEST_CASE("a size that was read is that of one Secret, not of another that took its name meanwhile") {
  OneReplica replica(false);
  replica.engine.shows(0, {"team", "old", "t"}, {7, 11, std::nullopt, 0}, replica.now);
  // Deleted, and made again with a type that nobody watches: no event of ours would ever mend it.
  replica.engine.measured({"team", "old", "t"}, stored(8, 13, 5), replica.now);
  replica.engine.removes(0, {"team", "old", "t"}, 7, 12, replica.now);
  CHECK_FALSE(replica.engine.view().inventory().find("team", "old"));
  replica.engine.measured({"team", "old", "t"}, stored(8, 13, 5), replica.now);
  CHECK_FALSE(replica.engine.view().inventory().find("team", "old"));
}

TEST_CASE("what is never denied is counted by others also where it came while nothing was known") {
  auto in_quarantine = options(false);
  in_quarantine.quarantine_at_start = true;
  Engine engine(in_quarantine, test::kKey, Time(5'000'000));
  engine.select(
      test::select(document("limits",
                            "  mode: Enforce\n  match: {types: [t]}\n  exemptRequests: {users: [admin]}\n"
                            "  limits: {secretsPerNamespace: 1}")),
      Time(5'000'000));
  secret::Facts object;
  object.namespace_name = "team";
  object.name = "a";
  object.type = "t";
  object.uid = "uid-of-a";
  const policy::Requester admin{"admin", {}};
  auto claims = make_claims(engine.selection(), {policy::Operation::create, &admin, &object, nullptr}, false);
  const auto scope = claims.claims.front().scope;
  engine.request(std::move(claims), Time(5'000'000));
  const auto decisions = engine.take_decisions();
  REQUIRE(decisions.size() == 1);
  CHECK(decisions.front().answer == Answer::allowed);
  CHECK(engine.shard(0).used(scope.id).count == 1);
}

TEST_CASE("a write that two lists would have to deny is denied by the first of them") {
  OneReplica replica(false, document("limits",
                                     "  mode: Enforce\n  match: {types: [t]}\n"
                                     "  limits: {secretsPerNamespace: 1, secretsPerCluster: 1}"));
  replica.create("a");
  CHECK(replica.decision()->answer == Answer::allowed);
  replica.create("b");
  const auto lists = replica.effects<ListScope>();
  REQUIRE(lists.size() == 2);
  CHECK_FALSE(replica.decision());
  replica.engine.list_ends(lists.back().list, 20, replica.now);
  REQUIRE(replica.decision());
}

TEST_CASE("a request by policies that are no more is told to ask again") {
  OneReplica replica(false);
  replica.create("a");
  replica.engine.take_decisions();
  replica.create("b");
  replica.engine.select(test::select(document("limits", kPolicy)), replica.now);
  const auto decision = replica.decision();
  REQUIRE(decision);
  CHECK(decision->answer == Answer::unknown);
  CHECK(decision->why == Unknown::policies_changed);
}

TEST_CASE(
    "in strict mode a write is allowed only once the ledger holds it, and one write serves all that wait") {
  OneReplica replica(
      true, document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 9}"));
  replica.create("a");
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.create("b");
  Ledger ledger;
  ledger.version = "5";
  ledger.id = "first";
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                             replica.now);
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  CHECK_FALSE(swaps.front().create);
  CHECK_FALSE(replica.decision());
  auto written = parse_ledger(swaps.front().config_map);
  REQUIRE(written.has_value());
  CHECK(written->version == "5");
  CHECK(written->entries.size() == 2);
  written->version = "6";
  replica.engine.ledger_swapped(0, Swapped::done, render_ledger(*written, "own", "counts"), replica.now);
  CHECK(replica.engine.take_decisions().size() == 2);
}

// Seed 1025869 of the simulation, as it was then: a denial by a reservation whose uid this replica had
// forgotten.
TEST_CASE("a reservation of what is long gone counts nothing when the ledger shows it late") {
  OneReplica replica(true);
  const auto uid = uid_bits("uid-of-a");
  const auto scope = replica.claims("a").claims.front().scope;
  replica.engine.shows(0, {"team", "a", "t"}, stored(uid, 11, 100), replica.now);
  replica.engine.removes(0, {"team", "a", "t"}, uid, 12, replica.now);
  replica.now += 60'000ms + 15'000ms;
  replica.engine.tick(replica.now);
  Ledger ledger;
  ledger.version = "5";
  ledger.id = "first";
  ledger.entries.push_back({{uid, 0, 1}, "team", "a", "t", 100});
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                             replica.now);
  CHECK(replica.engine.shard(0).reservations().size() == 1);
  CHECK(replica.engine.shard(0).used(scope.id).count == 0);
}

TEST_CASE("a ledger that is missing or unreadable is made anew, and cools") {
  for (const auto& [read, create] :
       {std::pair{LedgerRead{LedgerRead::Kind::missing, {}}, true},
        std::pair{LedgerRead{LedgerRead::Kind::found, R"({"metadata":{"resourceVersion":"9"}})"}, false}}) {
    OneReplica replica(true);
    replica.create("a");
    replica.engine.take_effects();
    CHECK_FALSE(replica.engine.has_ledger());
    replica.engine.ledger_read(0, read, replica.now);
    CHECK_FALSE(replica.engine.has_ledger());
    const auto swaps = replica.effects<SwapLedger>();
    REQUIRE(swaps.size() == 1);
    CHECK(swaps.front().create == create);
    CHECK(ledger_version(swaps.front().config_map) == (create ? "" : "9"));
    CHECK(swaps.front().config_map.find(R"("cooling":"true")") != std::string::npos);
    replica.engine.ledger_swapped(0, Swapped::done, R"({"metadata":{"resourceVersion":"10"}})", replica.now);
    const auto decision = replica.decision();
    REQUIRE(decision);
    CHECK(decision->why == Unknown::quarantine);
    CHECK(replica.engine.has_ledger());
    CHECK(replica.engine.in_quarantine());
  }
}

TEST_CASE("a ledger that is ahead of a list cools, where no marker can exist") {
  constexpr const char* kTokens = "kubernetes.io/service-account-token";
  OneReplica replica(true, document("limits", "  mode: Enforce\n  match: {types: [" + std::string(kTokens) +
                                                  "]}\n  limits: {secretsPerNamespace: 1}"));
  auto claims = replica.claims("a");
  CHECK(claims.empty());
  secret::Facts object;
  object.namespace_name = "team";
  object.name = "a";
  object.type = kTokens;
  object.uid = "uid-of-a";
  replica.engine.request(
      make_claims(replica.engine.selection(), {policy::Operation::create, nullptr, &object, nullptr}, false),
      replica.now);
  Ledger ledger;
  ledger.version = "5";
  ledger.id = "first";
  // Another replica wrote it after it had seen more than etcd holds since it was restored.
  ledger.min_views["type=" + std::string(kTokens)] = 90;
  const LedgerRead read{LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")};
  replica.engine.ledger_read(0, read, replica.now);
  const auto lists = replica.effects<ListScope>();
  REQUIRE(lists.size() == 1);
  replica.engine.list_ends(lists.front().list, 20, replica.now);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.engine.ledger_read(0, read, replica.now);
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  CHECK(swaps.front().config_map.find(R"("cooling":"true")") != std::string::npos);
}

TEST_CASE("what was gone before revisions went back is counted where it is there again") {
  OneReplica replica(false);
  replica.engine.shows(0, {"team", "a", "t"}, stored(7, 11, 1), replica.now);
  replica.engine.removes(0, {"team", "a", "t"}, 7, 12, replica.now);
  CHECK_FALSE(replica.engine.list_ends(replica.engine.begin_list(0), 11, replica.now));
  const auto list = replica.engine.begin_list(0);
  replica.engine.list_shows(list, {"team", "a", "t"}, stored(7, 11, 1));
  CHECK(replica.engine.list_ends(list, 11, replica.now));
  CHECK(replica.engine.view().inventory().find("team", "a"));
}

TEST_CASE("a full ledger takes no reservation more, and says so") {
  OneReplica replica(
      true,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 99999}"));
  Ledger ledger;
  ledger.version = "5";
  ledger.id = "first";
  const std::string in(63, 'n'), name(250, 'x');
  for (std::uint64_t i = 1; i <= 2'600; ++i) ledger.entries.push_back({{i, 0, ~i}, in, name, "t", 1});
  replica.create("a");
  replica.engine.take_effects();
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                             replica.now);
  CHECK(replica.effects<SwapLedger>().size() == 1);

  OneReplica full(
      true,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 99999}"));
  for (std::uint64_t i = 3'000; i <= 3'300; ++i) ledger.entries.push_back({{i, 0, ~i}, in, name, "t", 1});
  full.create("a");
  full.engine.take_effects();
  full.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")}, full.now);
  const auto decision = full.decision();
  REQUIRE(decision);
  CHECK(decision->why == Unknown::no_room);
}

}  // namespace
}  // namespace hygiene::counting
