// Many tries of one name in strict mode: one line of the ledger stands for those that come while another is
// open.
#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::StrictReplica;
using namespace std::chrono_literals;

Reservation tries(std::uint64_t count, std::uint64_t bytes = 100, std::uint64_t call = 7) {
  return {{kManyTries, kFirstTry + count - 1, call}, "team", "a", "t", bytes};
}

Ledger ledger_of(const std::string& version, std::vector<Reservation> entries) {
  auto made = StrictReplica::ledger(version, {});
  made.entries = std::move(entries);
  return made;
}

// A CREATE of team/a by another client, so with a uid of its own.
void try_again(StrictReplica& replica, std::uint64_t uid, std::uint64_t bytes = 100) {
  auto claims = replica.claims("a");
  claims.uid = uid;
  claims.bytes = bytes;
  replica.engine.request(claims, replica.now);
}

// What the ledger holds of team/a once all that waits was written.
std::vector<Reservation> written(StrictReplica& replica, const std::string& version) {
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  auto ledger = *parse_ledger(swaps.front().config_map);
  ledger.version = version;
  replica.now += 4ms;
  replica.engine.ledger_swapped(0, Swapped::done, render_ledger(ledger, "own", "counts"), replica.now);
  replica.now += 6ms;
  return ledger.entries;
}

// Its time is over, and its name is read.
std::size_t left_after(StrictReplica& replica, NameState found) {
  replica.now += 60'000ms;
  replica.engine.tick(replica.now);
  for (const auto& effect : replica.engine.take_effects()) {
    if (const auto* read = std::get_if<ReadName>(&effect)) {
      replica.engine.name_read(*read, found, replica.now);
    } else if (std::holds_alternative<ReadLedger>(effect)) {
      replica.engine.ledger_read(0, {LedgerRead::Kind::failed, {}}, replica.now);
    }
  }
  std::size_t open = 0;
  replica.engine.shard(0).reservations().for_each(
      [&open](const Reservations::Item& item) { open += item.ended ? 0U : 1U; });
  return open;
}

}  // namespace

TEST_CASE("tries of one name that come while another is open are one line, and each is written") {
  StrictReplica replica;
  replica.read(StrictReplica::ledger("5", {}));
  try_again(replica, 11);
  auto lines = written(replica, "6");
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().key.uid == 11);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    try_again(replica, 11 + i);
    lines = written(replica, std::to_string(6 + i));
    REQUIRE(lines.size() == 2);
    CHECK(lines.back().key.uid == kManyTries);
    CHECK(lines.back().key.before == kFirstTry + i - 1);
  }
  CHECK(replica.engine.take_decisions().size() == 21);
  CHECK(replica.engine.shard(0).used(replica.claims("a").claims.front().scope.id).count == 1);
}

TEST_CASE("a try that is larger has a line of its own") {
  StrictReplica replica;
  replica.read(ledger_of("5", {tries(3)}));
  try_again(replica, 11, 101);
  const auto lines = written(replica, "6");
  REQUIRE(lines.size() == 2);
  CHECK(lines.back().bytes == 101);
  CHECK(lines.back().key.before == kFirstTry);
}

TEST_CASE("a line of many tries lasts as long as the last of them, whoever added it") {
  StrictReplica replica;
  replica.read(ledger_of("5", {tries(3)}));
  replica.now += 59'000ms;
  replica.engine.tick(replica.now);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  SECTION("another replica") {
    replica.read(ledger_of("6", {tries(4)}));
  }
  SECTION("this replica") {
    replica.read(ledger_of("5", {tries(3)}));
    try_again(replica, 11);
    CHECK(written(replica, "6").front().key.before == kFirstTry + 3);
  }
  replica.now += 59'000ms;
  replica.engine.tick(replica.now);
  CHECK(replica.effects<ReadName>().empty());
  CHECK(left_after(replica, {}) == 0);
}

TEST_CASE("a renewal that was never written is taken back, and one that was written is found again") {
  StrictReplica replica;
  replica.read(ledger_of("5", {tries(3)}));
  try_again(replica, 11);
  REQUIRE(replica.effects<SwapLedger>().size() == 1);
  replica.engine.ledger_swapped(0, Swapped::unclear, {}, replica.now);
  replica.now += 10ms;
  // It is not certain that what the ledger holds is this try: it is added once more.
  const std::uint64_t known = GENERATE(3U, 4U);
  replica.read(ledger_of("6", {tries(known)}));
  CHECK(replica.engine.take_decisions().empty());
  const auto lines = written(replica, "7");
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().key.before == kFirstTry + known);
  CHECK(replica.engine.take_decisions().size() == 1);
}

// Else who tries one name all the time keeps each denial in his namespace from being confirmed.
TEST_CASE("a denial counts a name that is tried all the time") {
  StrictReplica replica;
  replica.show("b", 12);
  replica.read(ledger_of("5", {tries(3)}));
  replica.create("c");
  replica.come_to_marker(20);
  SECTION("it is there before and after") {
    replica.read(ledger_of("6", {tries(9)}));
    CHECK(replica.decision()->answer == Answer::denied);
  }
  SECTION("it is larger after") {
    replica.read(ledger_of("6", {tries(3), tries(1, 200, 8)}));
    CHECK(replica.decision()->answer == Answer::denied);
  }
  SECTION("it is another that came later") {
    replica.read(ledger_of("6", {tries(1, 100, 8)}));
    CHECK_FALSE(replica.decision());
  }
}

TEST_CASE("no watch ends a line of many tries, and a read only once the watch has come as far") {
  StrictReplica replica;
  replica.read(ledger_of("5", {tries(3)}));
  replica.show("a", 30);
  replica.engine.removes(0, {"team", "a", "t"}, uid_bits("uid-of-a"), 31, replica.now);
  CHECK(left_after(replica, {77, 40}) == 1);
  replica.engine.bookmark(0, 40, replica.now);
  CHECK(left_after(replica, {77, 40}) == 0);
  // Who counts by this ledger must have come so far too.
  replica.engine.tick(replica.now += 10'000ms);
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  CHECK(parse_ledger(swaps.front().config_map)->min_views.at("type=t") == 40);
}

TEST_CASE("a number of tries that another replica wrote is not taken for the own that was not written") {
  StrictReplica replica;
  replica.read(ledger_of("5", {tries(1)}));
  auto claims = replica.claims("a");
  const auto ticket = replica.engine.request(claims, replica.now);
  REQUIRE(replica.effects<SwapLedger>().size() == 1);
  replica.engine.cancel(ticket);
  replica.engine.ledger_swapped(0, Swapped::conflict, {}, replica.now);
  replica.now += 20'000ms;
  replica.engine.tick(replica.now);
  replica.read(ledger_of("6", {tries(2)}));
  replica.engine.take_effects();
  replica.now += 59'999ms;
  replica.engine.tick(replica.now);
  CHECK(replica.effects<ReadName>().empty());
  replica.now += 1ms;
  replica.engine.tick(replica.now);
  CHECK(replica.effects<ReadName>().size() == 1);
}

}  // namespace hygiene::counting
