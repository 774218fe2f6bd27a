// Blocks: places that a replica reserves at once, and gives to writes without writing the ledger again.
#include "engine_fixture.hpp"

namespace hygiene::counting {
namespace {

using test::document;
using test::OneReplica;
using test::select;
using test::StrictReplica;
using namespace std::chrono_literals;

std::string limits(const std::string& fields) {
  return document("limits", "  mode: Enforce\n  match: {types: [t]}\n  limits: {" + fields + "}");
}

EngineOptions with_blocks() {
  auto options = test::options(true);
  options.block_secrets_max = 64;
  return options;
}

// A replica that takes blocks, whose ledger was read and held `first`.
class Blocky : public OneReplica {
 public:
  explicit Blocky(const std::string& fields = "secretsPerNamespace: 1000",
                  const Ledger& first = StrictReplica::ledger("5", {}))
      : OneReplica(with_blocks(), limits(fields)) {
    engine.tick(now);
    REQUIRE(effects<ReadLedger>().size() == 1);
    read(first);
  }
  void read(const Ledger& ledger) {
    engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")}, now);
  }
  // What the next write of the ledger holds; it is under way.
  Ledger swap() {
    const auto swaps = effects<SwapLedger>();
    REQUIRE(swaps.size() == 1);
    return *parse_ledger(swaps.front().config_map);
  }
  void done(Ledger written) {
    written.version = std::to_string(++version_);
    engine.ledger_swapped(0, Swapped::done, render_ledger(written, "own", "counts"), now);
  }
  void pass(Time time) {
    now += time;
    engine.waited(0, now);
  }
  // True: the write is admitted at once.
  bool admits(const CountedWrite& write) {
    engine.take_decisions();
    engine.request(write, now);
    const auto found = decision();
    return found && found->answer == Answer::allowed;
  }
  bool admits(const std::string& name) { return admits(claims(name)); }
  // A first write has its line, and with it a block is taken.
  Block take_block() {
    create("first");
    const auto written = swap();
    done(written);
    REQUIRE(written.blocks.size() == 1);
    return written.blocks.front();
  }

 private:
  int version_ = 5;
};

// Of another replica.
Ledger with_block(const Block& block, const std::string& version = "5") {
  auto ledger = StrictReplica::ledger(version, {});
  ledger.blocks.push_back(block);
  return ledger;
}

}  // namespace

TEST_CASE("a write that asks the ledger takes four places more, and the next writes have them at once") {
  Blocky replica;
  const auto block = replica.take_block();
  CHECK(block.count == 4);
  CHECK(block.bytes == 400);
  CHECK(block.namespace_name == "team");
  CHECK(block.type == "t");
  CHECK(replica.admits("a"));
  CHECK(replica.effects<SwapLedger>().empty());
  CHECK(replica.admits("b"));
  // Half of it is used: the next is taken before this one is used up, with twice as many places as were used.
  replica.pass(10ms);
  auto next = replica.swap();
  REQUIRE(next.blocks.size() == 1);
  CHECK(next.blocks.front().id != block.id);
  CHECK(next.blocks.front().count == 4);
  CHECK(next.entries.size() == 3);
  // While that is being written, places are taken that both have.
  CHECK(replica.admits("c"));
  CHECK(replica.admits("d"));
  CHECK_FALSE(replica.admits("e"));
  replica.done(next);
  CHECK(replica.admits("f"));
  CHECK(replica.admits("g"));
  CHECK_FALSE(replica.admits("h"));
  replica.pass(10ms);
  CHECK(replica.swap().entries.size() == 9);
}

TEST_CASE("a block lasts a second, and is given back if nothing used it") {
  Blocky replica;
  replica.take_block();
  replica.pass(999ms);
  CHECK(replica.effects<SwapLedger>().empty());
  replica.pass(1ms);
  CHECK(replica.swap().blocks.empty());
  Blocky late;
  late.take_block();
  late.now += 1'000ms;
  CHECK_FALSE(late.admits("late"));
}

TEST_CASE("a block is not larger than the bytes that it was taken for") {
  Blocky replica("bytesPerNamespace: 1Mi");
  replica.take_block();
  auto large = replica.claims("large");
  large.bytes = 401;
  CHECK_FALSE(replica.admits(large));
}

TEST_CASE("all blocks hold an eighth at most of the room that a limit leaves") {
  const auto of_first = [](const std::string& fields, const Ledger& ledger) {
    Blocky replica(fields, ledger);
    replica.create("first");
    return replica.swap().blocks;
  };
  const auto none = StrictReplica::ledger("5", {});
  CHECK(of_first("secretsPerNamespace: 33", none).front().count == 4);
  CHECK(of_first("secretsPerNamespace: 32", none).front().count == 2);
  CHECK(of_first("secretsPerNamespace: 8", none).empty());
  CHECK(of_first("secretsPerNamespace: 1000, bytesPerNamespace: 1Ki", none).front().count == 1);
  // Those of others count.
  const auto other = with_block({7, 3, 300, "team", "t"});
  CHECK(of_first("secretsPerNamespace: 57", other).size() == 2);
  CHECK(of_first("secretsPerNamespace: 32", other).size() == 1);
  CHECK(of_first("secretsPerNamespace: 32", with_block({7, 30, 3000, "elsewhere", "t"})).size() == 2);
  CHECK(of_first("secretsPerNamespace: 32", with_block({7, 30, 3000, "team", "other"})).size() == 2);
}

TEST_CASE("a block of another replica holds its places, until it is gone") {
  Blocky replica("secretsPerNamespace: 3", with_block({7, 3, 300, "team", "t"}));
  replica.create("a");
  // Nothing is denied while the other may not have used it.
  const auto bars = replica.swap();
  CHECK(bars.blocks.size() == 2);
  replica.done(bars);
  replica.pass(100ms);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.read(StrictReplica::ledger("9", {"x", "y"}));
  const auto written = replica.swap();
  CHECK(written.entries.size() == 3);
  replica.done(written);
  CHECK(replica.decision()->answer == Answer::allowed);
}

TEST_CASE("a write that needs the room of another replica's block bars new ones") {
  Blocky replica("secretsPerNamespace: 3", with_block({7, 3, 300, "team", "t"}));
  replica.create("a");
  const auto written = replica.swap();
  REQUIRE(written.blocks.size() == 2);
  CHECK(written.blocks.back().count == 0);
  CHECK(written.blocks.back().namespace_name == "team");
}

TEST_CASE("a bar holds off new blocks in its namespace, or in all") {
  for (const std::string in : {"team", ""}) {
    Blocky replica("secretsPerNamespace: 1000", with_block({7, 0, 0, in, ""}));
    replica.create("first");
    CHECK(replica.swap().blocks.size() == 1);
  }
  Blocky elsewhere("secretsPerNamespace: 1000", with_block({7, 0, 0, "elsewhere", ""}));
  elsewhere.create("first");
  CHECK(elsewhere.swap().blocks.size() == 2);
}

TEST_CASE("a block of the replica itself is given back for a write that needs its room") {
  Blocky replica("secretsPerNamespace: 1000, bytesPerNamespace: 8Ki");
  replica.take_block();
  auto large = replica.claims("large");
  large.bytes = 8 * 1024 - 100;
  CHECK_FALSE(replica.admits(large));
  replica.pass(10ms);
  const auto given_back = replica.swap();
  CHECK(given_back.blocks.empty());
  replica.done(given_back);
  replica.pass(10ms);
  CHECK(replica.swap().entries.size() == 2);
}

TEST_CASE(
    "a block of a replica that is gone is dropped after its time, and others must see what it admitted") {
  Blocky replica("secretsPerNamespace: 1000", with_block({7, 3, 300, "team", "t"}));
  const auto ends_with = [&replica] {
    auto written = replica.swap();
    replica.done(written);
    return written;
  };
  replica.pass(59'999ms);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  replica.read(with_block({7, 3, 300, "team", "t"}));
  CHECK(replica.effects<SwapLedger>().empty());
  replica.pass(1ms);
  auto written = ends_with();
  CHECK(written.blocks.size() == 1);
  CHECK(written.min_views.empty());
  replica.pass(10ms);
  written = ends_with();
  CHECK(written.blocks.empty());
  // The version that the first of the two writes made.
  CHECK(written.min_views == Ledger::Views{{std::string(kOtherSelectors), 6}});
}

TEST_CASE("a block is of the policies that it was taken under") {
  Blocky replica;
  replica.take_block();
  replica.engine.select(select(limits("secretsPerNamespace: 1")), replica.now);
  CHECK_FALSE(replica.admits("a"));
  replica.pass(10ms);
  CHECK(replica.swap().blocks.empty());
}

TEST_CASE("a block that is no more used is given back") {
  Blocky replica;
  replica.take_block();
  replica.engine.select(select(limits("secretsPerNamespace: 1001")), replica.now);
  replica.pass(10ms);
  CHECK(replica.swap().blocks.empty());
}

TEST_CASE("a block is of the labels that its namespace had") {
  const auto policies =
      document("limits",
               "  mode: Enforce\n  match: {types: [t], namespaceSelector: {matchLabels: {a: b}}}\n"
               "  limits: {secretsPerNamespace: 1000}") +
      document("all",
               "  mode: Enforce\n  match: {types: [t]}\n"
               "  limits: {secretsPerNamespace: 1000}");
  OneReplica replica(with_blocks(), policies);
  const auto labels = [&replica](const std::string& value) {
    secret::Labels made;
    made.add("a").value = value;
    replica.engine.show_namespace("team", std::make_shared<const secret::Labels>(made), replica.now);
  };
  labels("b");
  replica.engine.tick(replica.now);
  replica.engine.take_effects();
  replica.engine.ledger_read(
      0, {LedgerRead::Kind::found, render_ledger(StrictReplica::ledger("5", {}), "own", "counts")},
      replica.now);
  replica.create("first");
  auto written = *parse_ledger(replica.effects<SwapLedger>().at(0).config_map);
  REQUIRE(written.blocks.size() == 1);
  written.version = "6";
  replica.engine.ledger_swapped(0, Swapped::done, render_ledger(written, "own", "counts"), replica.now);
  replica.engine.take_decisions();
  labels("c");
  replica.create("a");
  CHECK_FALSE(replica.decision());
}

TEST_CASE("a Helm revision asks the ledger, each, because releases are counted") {
  Blocky replica;
  replica.take_block();
  CHECK_FALSE(replica.admits("sh.helm.release.v1.web.v1"));
  Blocky with_release;
  with_release.create("sh.helm.release.v1.web.v1");
  CHECK(with_release.swap().blocks.empty());
}

TEST_CASE("a name that is tried again, a dry run and an unknown count take no place of a block") {
  Blocky replica;
  replica.take_block();
  CHECK_FALSE(replica.admits("first"));
  CHECK_FALSE(replica.admits(replica.claims("dry", true)));
  Blocky listing;
  listing.take_block();
  listing.engine.list_failed(listing.engine.begin_list(0), listing.now);
  listing.engine.begin_list(0);
  CHECK(listing.admits("a"));  // what a watch showed before is still known
}

TEST_CASE("a block is gone with its ledger") {
  Blocky replica;
  replica.take_block();
  replica.pass(10ms);
  replica.create("sh.helm.release.v1.web.v1");
  replica.swap();
  replica.engine.ledger_swapped(0, Swapped::conflict, {}, replica.now);
  replica.pass(20ms);
  REQUIRE(replica.effects<ReadLedger>().size() == 1);
  auto another = StrictReplica::ledger("9", {});
  another.id = "second";
  replica.read(another);
  CHECK_FALSE(replica.admits("a"));
}

TEST_CASE("no block is taken by a view that is older than the ledger demands") {
  for (const bool demands : {false, true}) {
    Blocky replica;
    const auto block = replica.take_block();
    REQUIRE(replica.admits("a"));
    REQUIRE(replica.admits("b"));
    replica.pass(10ms);
    replica.swap();
    replica.engine.ledger_swapped(0, Swapped::conflict, {}, replica.now);
    replica.pass(20ms);
    replica.engine.tick(replica.now);
    REQUIRE(replica.effects<ReadLedger>().size() == 1);
    auto ledger = with_block(block, "9");
    if (demands) ledger.min_views[std::string(kOtherSelectors)] = 99;
    replica.read(ledger);
    replica.pass(100ms);
    CHECK(replica.swap().blocks.empty() == demands);
  }
}

TEST_CASE("an earlier write of the ledger that may be done stops a block, one that met another's does not") {
  for (const auto how : {Swapped::conflict, Swapped::unclear}) {
    Blocky replica;
    replica.take_block();
    REQUIRE(replica.admits("a"));
    REQUIRE(replica.admits("b"));
    replica.pass(10ms);
    const auto next = replica.swap();
    replica.engine.ledger_swapped(0, how, {}, replica.now);
    CHECK(replica.admits("c") == (how == Swapped::conflict));
  }
}

}  // namespace hygiene::counting
