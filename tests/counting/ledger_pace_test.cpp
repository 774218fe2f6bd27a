// When the ledger is read and written: its pace, what does not wait for it, and what keeps it from being
// written.
#include <set>

#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::kPolicy;
using test::OneReplica;
using test::options;
using test::stored;
using test::StrictReplica;
using namespace std::chrono_literals;

// What the API server makes of a write of the ledger.
void swap(OneReplica& replica, const SwapLedger& swap, const std::string& version) {
  auto written = *parse_ledger(swap.config_map);
  written.version = version;
  replica.engine.ledger_swapped(0, Swapped::done, render_ledger(written, "own", "counts"), replica.now);
}

SwapLedger only_swap(OneReplica& replica) {
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  return swaps.front();
}

Time only_wait(OneReplica& replica) {
  const auto waits = replica.effects<Wait>();
  REQUIRE(waits.size() == 1);
  return waits.front().length;
}

Ledger empty_ledger() {
  return StrictReplica::ledger("5", {});
}

OneReplica with_room() {
  return OneReplica(
      true,
      document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 9999}"));
}

void read(OneReplica& replica, const Ledger& ledger) {
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                             replica.now);
}

}  // namespace

TEST_CASE("two writes of the ledger are 10 ms apart, and the second serves all that came meanwhile") {
  auto replica = with_room();
  replica.create("a");
  replica.engine.take_effects();
  read(replica, empty_ledger());
  const auto first = only_swap(replica);
  replica.now += 4ms;
  swap(replica, first, "6");
  replica.create("b");
  CHECK(only_wait(replica) == 6ms);
  replica.create("c");
  CHECK(replica.engine.take_effects().empty());
  replica.now += 6ms;
  replica.engine.waited(0, replica.now);
  CHECK(parse_ledger(only_swap(replica).config_map)->entries.size() == 3);
}

TEST_CASE("the larger the ledger, the longer the pause after its write: a millisecond for 1,000 bytes") {
  auto replica = with_room();
  replica.create("a");
  replica.engine.take_effects();
  auto large = empty_ledger();
  for (std::uint64_t i = 1; i <= 1'500; ++i)
    large.entries.push_back(
        {{i, 0, i}, "team-" + std::to_string(i % 5), std::string(150, 'n') + std::to_string(i), "t", 1});
  read(replica, large);
  const auto first = only_swap(replica);
  swap(replica, first, "6");
  replica.create("b");
  CHECK(only_wait(replica) == Time(first.config_map.size() / 1'000));
  CHECK(first.config_map.size() > 250'000);
}

TEST_CASE(
    "after conflicts in a row the ledger is written later and later, each replica at a time of its own") {
  std::set<Time> pauses;
  for (const auto* name : {"r", "s", "u"}) {
    auto how = options(true);
    how.replica = name;
    OneReplica replica(how, document("limits", kPolicy));
    replica.create("a");
    replica.engine.take_effects();
    read(replica, empty_ledger());
    Time longest{};
    for (int i = 0; i < 8; ++i) {
      only_swap(replica);
      replica.engine.ledger_swapped(0, Swapped::conflict, {}, replica.now);
      const auto pause = only_wait(replica);
      CHECK(pause >= 10ms);
      CHECK(pause < 320ms);
      longest = std::max(longest, pause);
      replica.now += pause;
      // Read no sooner than it may be written: else it is old by then.
      replica.engine.waited(0, replica.now);
      REQUIRE(replica.effects<ReadLedger>().size() == 1);
      read(replica, empty_ledger());
    }
    CHECK(longest >= 160ms);
    pauses.insert(longest);
    swap(replica, only_swap(replica), "9");
    replica.create("elsewhere");
    replica.engine.request(replica.claims("b", false, "other"), replica.now);
    CHECK(only_wait(replica) == 10ms);
    // The next conflict is the first one again.
    replica.engine.waited(0, replica.now += 10ms);
    only_swap(replica);
    replica.engine.ledger_swapped(0, Swapped::conflict, {}, replica.now);
    replica.engine.waited(0, replica.now += 20ms);
    read(replica, StrictReplica::ledger("10", {}));
    CHECK(replica.effects<SwapLedger>().size() == 1);
  }
  CHECK(pauses.size() > 1);
}

TEST_CASE("the pause after a write of the ledger is no shorter than the write was: others need their turn") {
  auto replica = with_room();
  replica.create("a");
  replica.engine.take_effects();
  read(replica, empty_ledger());
  const auto first = only_swap(replica);
  replica.now += 70ms;
  swap(replica, first, "6");
  replica.create("b");
  CHECK(only_wait(replica) == 70ms);
}

// What began only while no write of the ledger was under way did not begin on a busy one: the denial came too
// late, and became an admission.
TEST_CASE("before a denial the marker is written although the ledger is written all the time") {
  StrictReplica replica;
  replica.show("b", 11);
  replica.show("c", 12);
  replica.engine.request(replica.claims("fits", false, "other-0"), replica.now);
  replica.read(empty_ledger());
  only_swap(replica);
  // It is denied for team/a, and each write of the ledger is followed by another.
  replica.create("a");
  const auto serve = [&replica](const std::string& stored) {
    for (auto effects = replica.engine.take_effects(); !effects.empty();
         effects = replica.engine.take_effects()) {
      for (const auto& effect : effects) {
        if (const auto* marker = std::get_if<WriteMarker>(&effect)) {
          replica.engine.marker_written(0, marker->marker, 20, replica.now);
          replica.engine.bookmark(0, 20, replica.now);
        } else if (std::holds_alternative<ReadLedger>(effect)) {
          replica.read(StrictReplica::ledger(stored, {}));
        }
      }
    }
  };
  std::optional<Decision> denied;
  std::uint64_t version = 6;
  for (int i = 1; i < 10 && !denied; ++i) {
    replica.engine.request(replica.claims("fits", false, "other-" + std::to_string(i)), replica.now);
    replica.now += 4ms;
    auto ledger = StrictReplica::ledger(std::to_string(version++), {});
    replica.engine.ledger_swapped(0, Swapped::done, render_ledger(ledger, "own", "counts"), replica.now);
    serve(std::to_string(version - 1));
    replica.now += 6ms;
    replica.engine.waited(0, replica.now);
    serve(std::to_string(version - 1));
    for (const auto& decision : replica.engine.take_decisions()) {
      if (decision.answer == Answer::denied) denied = decision;
    }
  }
  REQUIRE(denied);
  CHECK(replica.now < Time(5'000'000) + 60ms);
}

TEST_CASE("what is never denied is answered at once while the ledger cannot be read, and written later") {
  StrictReplica replica;
  replica.engine.ledger_read(0, {LedgerRead::Kind::failed, {}}, replica.now);
  replica.engine.request(replica.exempt("a"), replica.now);
  replica.create("b");
  auto decisions = replica.engine.take_decisions();
  REQUIRE(decisions.size() == 1);
  CHECK(decisions.front().answer == Answer::allowed);
  replica.engine.tick(replica.now);
  replica.read(empty_ledger());
  const auto both = only_swap(replica);
  CHECK(parse_ledger(both.config_map)->entries.size() == 2);
  SECTION("once more where that write of the ledger failed") {
    replica.engine.ledger_swapped(0, Swapped::conflict, {}, replica.now);
    replica.engine.waited(0, replica.now += only_wait(replica));
    replica.read(empty_ledger());
    CHECK(parse_ledger(only_swap(replica).config_map)->entries.size() == 2);
  }
  SECTION("not again where it was done although its answer was lost") {
    replica.engine.ledger_swapped(0, Swapped::unclear, {}, replica.now);
    auto done = *parse_ledger(both.config_map);
    done.version = "6";
    replica.read(done);
    replica.engine.waited(0, replica.now += only_wait(replica));
    CHECK(replica.engine.take_decisions().size() == 1);
    CHECK(replica.engine.shard(0).reservations().size() == 2);
    CHECK(replica.effects<SwapLedger>().empty());
  }
}

TEST_CASE("of what was answered without the ledger, what is stored by then is written as a view") {
  StrictReplica replica;
  replica.engine.ledger_read(0, {LedgerRead::Kind::failed, {}}, replica.now);
  replica.engine.request(replica.exempt("seen"), replica.now);
  replica.show("seen", 11);
  replica.engine.request(replica.exempt("new"), replica.now);
  // However late: its watch may have missed that it was stored.
  replica.now += 60'000ms;
  replica.read(empty_ledger());
  const auto written = *parse_ledger(only_swap(replica).config_map);
  REQUIRE(written.entries.size() == 1);
  CHECK(written.entries.front().name == "new");
  // Others count the first once they have come as far.
  CHECK(written.min_views.at("type=t") == 11);
}

TEST_CASE("a policy in mode Warn waits for no ledger and writes none") {
  OneReplica replica(
      true, document("limits", "  mode: Warn\n  match: {types: [t]}\n  limits: {secretsPerNamespace: 1}"));
  replica.create("a");
  const auto decision = replica.decision();
  REQUIRE(decision);
  CHECK(decision->answer == Answer::allowed);
  CHECK(decision->usages.front().used == 1);
  replica.engine.tick(replica.now);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  read(replica, empty_ledger());
  CHECK(replica.effects<SwapLedger>().empty());
}

TEST_CASE("what is never denied and comes in quarantine is written once that is over") {
  StrictReplica replica;
  auto quarantined = empty_ledger();
  quarantined.in_quarantine = true;
  replica.read(quarantined);
  replica.now += 59'000ms;
  replica.engine.request(replica.exempt("a"), replica.now);
  CHECK(replica.decision()->why == Unknown::quarantine);
  CHECK(replica.effects<SwapLedger>().empty());
  replica.now += 1'000ms;
  replica.engine.tick(replica.now);
  replica.read(quarantined);
  replica.come_to_marker(20);
  replica.read(quarantined);
  swap(replica, only_swap(replica), "6");
  replica.engine.waited(0, replica.now += 10ms);
  CHECK(parse_ledger(only_swap(replica).config_map)->entries.size() == 1);
}

TEST_CASE("revisions of a watch that go back put the ledger in quarantine at once") {
  StrictReplica replica;
  replica.read(empty_ledger());
  CHECK(replica.engine.bookmark(0, 50, replica.now));
  CHECK(replica.engine.bookmark(0, 50, replica.now));
  CHECK(replica.effects<ReadLedger>().empty());
  SECTION("in a bookmark") {
    CHECK_FALSE(replica.engine.bookmark(0, 49, replica.now));
  }
  SECTION("in an event") {
    CHECK_FALSE(replica.engine.shows(0, {"team", "a", "t"}, stored(7, 49, 1), replica.now));
    CHECK_FALSE(replica.engine.view().inventory().find("team", "a"));
  }
  SECTION("in a deletion") {
    CHECK_FALSE(replica.engine.removes(0, {"team", "a", "t"}, 7, 49, replica.now));
  }
  SECTION("in a list") {
    CHECK_FALSE(replica.engine.list_ends(replica.engine.begin_list(0), 49, replica.now));
  }
  replica.create("b");
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.read(empty_ledger());
  CHECK(parse_ledger(only_swap(replica).config_map)->in_quarantine);
  CHECK_FALSE(replica.decision());
}

TEST_CASE("a marker that is older than what its watch has shown, or an older ledger, is of a restored etcd") {
  StrictReplica replica;
  replica.read(StrictReplica::ledger("60", {"b", "c"}));
  SECTION("the marker") {
    replica.engine.bookmark(0, 50, replica.now);
    replica.create("a");
    const auto markers = replica.effects<WriteMarker>();
    REQUIRE(markers.size() == 1);
    replica.engine.marker_written(0, markers.front().marker, 49, replica.now);
    REQUIRE(replica.effects<ReadLedger>().size() == 1);
    replica.read(StrictReplica::ledger("60", {"b", "c"}));
  }
  SECTION("the ledger") {
    replica.engine.tick(replica.now += 10'000ms);
    REQUIRE(replica.effects<ReadLedger>().size() == 1);
    replica.read(StrictReplica::ledger("59", {}));
  }
  CHECK(parse_ledger(only_swap(replica).config_map)->in_quarantine);
}

TEST_CASE("in local mode nothing is known once revisions went back") {
  OneReplica replica(false);
  replica.engine.bookmark(0, 50, replica.now);
  CHECK_FALSE(replica.engine.in_quarantine());
  CHECK_FALSE(replica.engine.bookmark(0, 49, replica.now));
  CHECK(replica.engine.in_quarantine());
}

TEST_CASE("a ledger of a format that is not known is never written, and nothing is counted by it") {
  const std::string other = R"({"metadata":{"resourceVersion":"9"},"data":{"format":"3","id":"x"}})";
  StrictReplica replica;
  replica.create("a");
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, other}, replica.now);
  const auto unknown = replica.decision();
  REQUIRE(unknown);
  CHECK(unknown->answer == Answer::unknown);
  CHECK(unknown->why == Unknown::ledger_format);
  CHECK(replica.engine.ledger_has_unknown_format(0));
  replica.create("b");
  CHECK(replica.decision()->why == Unknown::ledger_format);
  // It is read again once a second, until it is one of ours.
  CHECK(replica.engine.take_effects().empty());
  replica.engine.tick(replica.now += 999ms);
  CHECK(replica.engine.take_effects().empty());
  replica.engine.tick(replica.now += 1ms);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.read(empty_ledger());
  replica.create("c");
  CHECK(replica.effects<SwapLedger>().size() == 1);
  CHECK_FALSE(replica.engine.ledger_has_unknown_format(0));
}

}  // namespace hygiene::counting
