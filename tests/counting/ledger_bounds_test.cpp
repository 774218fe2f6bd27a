// A strict replica and an API server that keeps its ledger: what many writes, or odd ones, make of it.
#include "engine_fixture.hpp"
#include "simulation/model_server.hpp"

namespace hygiene::counting {
namespace {

using test::as_sent;
using test::document;
using test::OneReplica;
using test::options;
using test::stored;
using namespace std::chrono_literals;

// The longest type that a policy can name, of what the API server sends as six bytes each.
const std::string kLongest(kTypeBytesMax, '<');

std::string limit_of(int secrets, const std::string& match) {
  return document("limits", "  mode: Enforce\n" + match +
                                "  limits: {secretsPerNamespace: " + std::to_string(secrets) + "}");
}

class ServedReplica : public OneReplica {
 public:
  explicit ServedReplica(int limit, const std::string& match = {})
      : OneReplica(options(true), limit_of(limit, match)) {
    server.revision = 100;
    Ledger first;
    first.id = "first";
    server.swap_ledger(
        {kFirstShard, "own", "counts-cluster", true, render_ledger(first, "own", "counts-cluster")});
  }

  Ticket create(const std::string& name, const std::string& type, const std::string& in = "team") {
    secret::Facts object;
    object.namespace_name = in;
    object.name = name;
    object.type = type;
    object.uid = "uid-" + std::to_string(++uids_);
    object.data_bytes = 100;
    return engine.request(
        make_claims(engine.selection(), {policy::Operation::create, nullptr, &object, nullptr}, false), now);
  }
  // Does what the engine wants until it wants nothing.
  void serve() {
    for (auto effects = engine.take_effects(); !effects.empty(); effects = engine.take_effects()) {
      for (const auto& effect : effects) serve(effect);
    }
  }
  Ledger ledger() const { return *parse_ledger(server.read_ledger("counts-cluster").config_map); }

  test::ModelServer server;

 private:
  void serve(const Effect& effect) {
    if (std::holds_alternative<ReadLedger>(effect)) {
      engine.ledger_read(0, server.read_ledger("counts-cluster"), now);
    } else if (const auto* swap = std::get_if<SwapLedger>(&effect)) {
      CHECK(swap->config_map.size() <= kLedgerBytesMax);
      const bool as_long_as_sent = as_sent(swap->config_map) == swap->config_map;
      CHECK(as_long_as_sent);
      const auto swapped = server.swap_ledger(*swap);
      REQUIRE(swapped);
      engine.ledger_swapped(0, Swapped::done, *swapped, now);
    } else if (const auto* marker = std::get_if<WriteMarker>(&effect)) {
      const auto revision = server.put_marker(0);
      engine.marker_written(0, marker->marker, revision, now);
      engine.bookmark(0, revision, now);
    } else if (const auto* wait = std::get_if<Wait>(&effect)) {
      now += wait->length;
      engine.waited(0, now);
    } else {
      FAIL("nothing else is wanted");
    }
  }

  int uids_ = 0;
};

}  // namespace

// What a tenant did to switch the limits of all off: the ledger was larger as the API server sent it than it
// was as it was written, was taken for unreadable, and made anew.
TEST_CASE("no type loses the ledger: a limit holds among 640 CREATEs of one name with the longest of types") {
  ServedReplica replica(60);
  replica.engine.shows(0, {"team", "existing", ""}, stored(7, 11, 100), replica.now);
  std::size_t allowed = 0, denied = 0, others = 0;
  const auto count = [&] {
    replica.serve();
    for (const auto& decision : replica.engine.take_decisions())
      ++(decision.answer == Answer::allowed ? allowed : decision.answer == Answer::denied ? denied : others);
  };
  for (int i = 0; i < 640; ++i) {
    replica.create("existing", kLongest);
    if (i % 8 == 7) count();  // those that wait go with one write of the ledger
  }
  CHECK(allowed == 640);
  CHECK(replica.ledger().entries.size() == 2);  // the first, and those that came while it was open
  allowed = 0;
  for (int i = 0; i < 100; ++i) replica.create("new-" + std::to_string(i), "t");
  count();
  CHECK(allowed == 59);
  CHECK(denied == 41);
  CHECK(others == 0);
  CHECK(replica.ledger().id == "first");
  CHECK_FALSE(replica.ledger().in_quarantine);
}

TEST_CASE("a ledger that is full of odd texts is no larger than it may be, and reads back") {
  ServedReplica replica(99'999, "  match: {types: ['<*', 'helm.sh/*']}\n");
  const std::string odd = "\"\\<>&\xE2\x80\xA8\n ";
  std::map<std::string, std::string> types;  // by name
  for (int i = 0; i < 3'000; ++i) {
    auto name = std::to_string(i);
    while (name.size() + odd.size() <= kNameBytesMax && i % 3 != 0) name += odd;
    types[name] = i % 2 == 0 ? kLongest : "helm.sh/release.v1";
    replica.create(name, types[name], i % 5 == 0 ? odd : "team-" + std::to_string(i % 5));
  }
  replica.serve();
  std::size_t full = 0;
  for (const auto& decision : replica.engine.take_decisions())
    full += decision.answer == Answer::allowed ? 0 : 1;
  CHECK(full > 1'000);
  const auto ledger = replica.ledger();
  CHECK(ledger.entries.size() == 3'000 - full);
  for (const auto& entry : ledger.entries) {
    REQUIRE(types.contains(entry.name));
    CHECK(entry.type == types[entry.name]);
  }
}

TEST_CASE("a namespace fills a quarter of the ledger at most, as it is written, and others have the rest") {
  ServedReplica replica(99'999);
  const std::string name(200, 'n');
  const auto count = [&](const std::string& in, const std::string& prefix) {
    for (int i = 0; i < 2'000; ++i) replica.create(prefix + name + std::to_string(i), "t", in);
    replica.serve();
    std::size_t allowed = 0;
    for (const auto& decision : replica.engine.take_decisions()) {
      allowed += decision.answer == Answer::allowed ? 1 : 0;
      if (decision.answer != Answer::allowed) CHECK(decision.why == Unknown::no_share);
    }
    return allowed;
  };
  const auto allowed = count("team", "a");
  CHECK(allowed > 900);
  CHECK(allowed < 1'200);
  CHECK(replica.server.read_ledger("counts-cluster").config_map.size() <= kLedgerBytesMax / 4 + 4'096);
  CHECK(count("team", "b") == 0);
  CHECK(count("another", "a") > 900);
}

TEST_CASE("a ledger is not made anew because it is large") {
  OneReplica replica(true);
  replica.create("a");
  replica.engine.take_effects();
  Ledger ledger;
  ledger.version = "5";
  ledger.id = "first";
  auto text = render_ledger(ledger, "own", "counts");
  text.insert(1, R"("x":")" + as_sent(std::string(1536 * 1024, '<')) + R"(",)");
  replica.engine.ledger_read(0, {LedgerRead::Kind::found, text}, replica.now);
  CHECK(replica.engine.has_ledger());
  const auto swaps = replica.effects<SwapLedger>();
  REQUIRE(swaps.size() == 1);
  CHECK(parse_ledger(swaps.front().config_map)->id == "first");
}

TEST_CASE("views of many watches, or of long selectors, leave entries their room, and the newest stay") {
  for (const auto& [selectors, length] : {std::pair{60U, 8U}, {31U, 8U}, {20U, 4'000U}, {20U, 40'000U}}) {
    OneReplica replica(true);
    replica.create("a");
    replica.engine.take_effects();
    Ledger ledger;
    ledger.version = "5";
    ledger.id = "first";
    ledger.min_views["?"] = 1;
    for (unsigned i = 0; i < selectors; ++i)
      ledger.min_views[std::to_string(i) + std::string(length, '<')] = 2 + i % 5;
    ledger.min_views["newest"] = 9;
    replica.engine.ledger_read(0, {LedgerRead::Kind::found, render_ledger(ledger, "own", "counts")},
                               replica.now);
    const auto swaps = replica.effects<SwapLedger>();
    REQUIRE(swaps.size() == 1);
    const auto views = parse_ledger(swaps.front().config_map)->min_views;
    CHECK(views.size() <= 32);
    CHECK(swaps.front().config_map.size() < 32 * 1024);
    CHECK(views.at("newest") == 9);
    // Those that are left out hold for every watch.
    std::uint64_t newest_left_out = 0;
    for (const auto& [selector, revision] : ledger.min_views) {
      if (!views.contains(selector)) newest_left_out = std::max(newest_left_out, revision);
    }
    CHECK(views.at("?") == newest_left_out);
  }
}

}  // namespace hygiene::counting
