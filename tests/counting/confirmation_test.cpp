// What a denial is by: what was stored and under way at one moment, as new as the write. And how a ledger's
// cooling ends.
#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::stored;
using test::StrictReplica;
using namespace std::chrono_literals;

}  // namespace

// The one false denial that the simulation showed in 1.6 million schedules.
TEST_CASE("a reservation is not counted beside what was stored after the ledger was read") {
  StrictReplica replica;
  replica.read(StrictReplica::ledger("5", {"never", "ended"}));
  replica.create("a");
  replica.come_to_marker(20);
  // The ledger is read; then the last reservation ends too, and another replica gives its place to b.
  replica.show("b", 22);
  replica.read(StrictReplica::ledger("6", {"never"}));
  CHECK_FALSE(replica.decision());
  // It is confirmed once more.
  replica.now += 1'000ms;
  replica.engine.tick(replica.now);
  replica.come_to_marker(23);
  replica.read(StrictReplica::ledger("7", {}));
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  CHECK(parse_ledger(swaps.front().config_map)->entries.size() == 1);
}

TEST_CASE("a reservation that is seen stored while the ledger is read counts as it did before") {
  StrictReplica replica;
  replica.read(StrictReplica::ledger("5", {"b", "c"}));
  replica.create("a");
  replica.come_to_marker(20);
  replica.show("b", 21);
  replica.read(StrictReplica::ledger("6", {"b", "c"}));
  const auto denied = replica.decision();
  REQUIRE(denied);
  CHECK(denied->answer == Answer::denied);
  CHECK(denied->usages.front().used == 3);
}

TEST_CASE("a denial comes as soon as the pause is over that follows another") {
  StrictReplica replica;
  replica.read(StrictReplica::ledger("5", {"b", "c"}));
  replica.create("a");
  replica.come_to_marker(20);
  replica.now += 40ms;
  replica.read(StrictReplica::ledger("5", {"b", "c"}));
  CHECK(replica.decision()->answer == Answer::denied);
  replica.engine.take_effects();
  replica.now += 10ms;
  replica.create("d");
  const auto effects = replica.engine.take_effects();
  REQUIRE(effects.size() == 1);
  const auto* wait = std::get_if<Wait>(&effects.front());
  REQUIRE(wait != nullptr);
  CHECK(wait->length == 150ms);  // of 160: four times what the first took
  replica.now += wait->length;
  replica.engine.waited(0, replica.now);
  replica.come_to_marker(30);
  replica.read(StrictReplica::ledger("5", {"b", "c"}));
  CHECK(replica.decision()->answer == Answer::denied);
}

TEST_CASE("a denial counts no reservation that came after its confirmation began") {
  StrictReplica replica;
  replica.show("b", 12);
  replica.read(StrictReplica::ledger("5", {"ended"}));
  replica.create("a");
  replica.come_to_marker(20);
  // b is deleted, which no watch has shown yet, and another replica gives its place to c.
  replica.read(StrictReplica::ledger("6", {"c"}));
  CHECK_FALSE(replica.decision());
}

TEST_CASE("a ledger that was asked for before the watch had come to the marker confirms nothing") {
  StrictReplica replica;
  replica.read(StrictReplica::ledger("5", {"never", "ended"}));
  replica.create("a");
  const auto markers = replica.effects<WriteMarker>();
  REQUIRE(markers.size() == 1);
  replica.now += 10'000ms;
  replica.engine.tick(replica.now);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.show("b", 19);
  replica.engine.marker_written(0, markers.front().marker, 20, replica.now);
  replica.engine.bookmark(0, 20, replica.now);
  CHECK(replica.effects<ReadLedger>().empty());
  replica.read(StrictReplica::ledger("6", {"never"}));
  CHECK_FALSE(replica.decision());
  CHECK(replica.effects<ReadLedger>().size() == 1);
}

TEST_CASE("limits of two namespaces are confirmed by one list of all, where no marker can exist") {
  const std::string kTokens(secret::kTypeServiceAccountToken);
  StrictReplica replica(kTokens);
  for (const std::string in : {"team", "other"}) {
    for (const std::string name : {"a", "b"})
      replica.engine.shows(0, {in, name, kTokens}, stored(uid_bits(in + name), 11, 1), replica.now);
    secret::Facts object;
    object.namespace_name = in;
    object.name = "c";
    object.type = kTokens;
    object.uid = "uid-of-c";
    replica.engine.request(make_claims(replica.engine.selection(),
                                       {policy::Operation::create, nullptr, &object, nullptr}, false),
                           replica.now);
  }
  replica.read(StrictReplica::ledger("5", {}));
  const auto lists = replica.effects<ListScope>();
  REQUIRE(lists.size() == 1);
  CHECK_FALSE(lists.front().namespace_name);
}

TEST_CASE("a ledger's quarantine is ended by whoever waited for it, and that of no other ledger") {
  auto quarantined = StrictReplica::ledger("5", {});
  quarantined.in_quarantine = true;
  auto other = quarantined;
  other.version = "9";
  other.id = "second";
  const auto ended_before = StrictReplica::ledger("9", {"a"});
  for (const auto& [found, ends] : {std::pair{quarantined, true}, {other, false}, {ended_before, false}}) {
    StrictReplica replica;
    replica.read(quarantined);
    replica.engine.tick(replica.now += 59'999ms);
    CHECK(replica.effects<WriteMarker>().empty());
    replica.read(quarantined);
    replica.engine.tick(replica.now += 1ms);
    replica.come_to_marker(20);
    replica.read(found);
    const auto swaps = replica.effects<SwapLedger>();
    CHECK(swaps.size() == (ends ? 1 : 0));
    for (const auto& swap : swaps) CHECK_FALSE(parse_ledger(swap.config_map)->in_quarantine);
  }
}

}  // namespace hygiene::counting
