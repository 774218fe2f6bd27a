// What a SharedEngine does around its engine: who waits, until when, by which policies.
#include <future>
#include <thread>

#include "shared_engine_fixture.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using counting::Answer;
using counting::ListScope;
using counting::Unknown;
using runtime_test::facts;
using runtime_test::limit_of;
using runtime_test::load;
using runtime_test::policy_document;
using runtime_test::SharedEngineFixture;

namespace {

constexpr const char* kLabelsOnly = "{labels: {team: blue}}";

// A full scope: one of one place is taken.
struct Full : SharedEngineFixture {
  explicit Full(std::shared_ptr<const policy::PolicySet> policies = limit_of(1))
      : SharedEngineFixture(std::move(policies)) {
    list({"first"});
  }
};

}  // namespace

TEST_CASE("policies that do not count cost nothing: no watch, no question, and all is known") {
  SharedEngineFixture f(load(policy_document("labels", kLabelsOnly)));
  CHECK_FALSE(f.engine.active());
  CHECK(f.selections() == 0);
  CHECK(f.engine.synced());
  CHECK(f.ask("a") == nullptr);
  CHECK(f.engine.usage(10).policies.empty());
  CHECK(f.engine.unmeasured(10).empty());
}

TEST_CASE("a write that no policy counts is not asked about") {
  SharedEngineFixture f(limit_of(1));
  CHECK(f.engine.active());
  CHECK(f.ask(facts("a", "another-type")) == nullptr);
  const auto object = facts("a");
  CHECK(f.engine.ask({policy::Operation::update, nullptr, &object, &object}, false,
                     SharedEngineFixture::Clock::now()) == nullptr);
}

TEST_CASE("a write that fits is decided by the call that asks, and ready is called at once") {
  SharedEngineFixture f(limit_of(1));
  f.list({});
  CHECK(f.engine.synced());
  const auto ask = f.ask("a");
  CHECK(f.decision(ask).answer == Answer::allowed);
  bool called = false;
  f.engine.when_decided(ask, [&] { called = true; });
  CHECK(called);
  CHECK(f.effects<ListScope>().empty());
}

TEST_CASE("each write that asks is answered for itself, by the policies that are then in force") {
  SharedEngineFixture f(limit_of(2));
  f.list({});
  CHECK(f.decision(f.ask("a")).usages.at(0).used == 1);
  SECTION("one that is answered at once") {
    CHECK(f.decision(f.ask("b")).usages.at(0).used == 2);
  }
  SECTION("one that waits") {
    f.decision(f.ask("b"));
    const auto waits = f.ask("c");
    CHECK_FALSE(f.engine.answer(*waits));
    f.confirm(f.effects<ListScope>().at(0), {"a", "b"}, 20);
    CHECK(f.decision(waits).answer == Answer::denied);
    CHECK(f.ask("d"));
    CHECK(f.decision(waits).answer == Answer::denied);
  }
  SECTION("not where no limit is asked") {
    CHECK_FALSE(f.ask(facts("x", "another-type")));
  }
  SECTION("by other policies") {
    const auto wider = limit_of(9);
    f.engine.select(wider);
    const auto ask = f.ask("b");
    REQUIRE(ask);
    CHECK(&f.engine.answer(*ask)->selection->policies() == wider.get());
    CHECK(f.decision(ask).usages.at(0).claim.allowed == 9);
  }
}

TEST_CASE("until the watch is listed nothing is known, and that is said at once") {
  SharedEngineFixture f(limit_of(1));
  CHECK_FALSE(f.engine.synced());
  const auto decision = f.decision(f.ask("a"));
  CHECK(decision.answer == Answer::unknown);
  CHECK(decision.why == Unknown::not_synced);
  REQUIRE(decision.usages.size() == 1);
}

TEST_CASE("a write that may not fit waits, and the thread that brings the confirmation calls ready") {
  Full f;
  const auto ask = f.ask("second");
  REQUIRE(ask);
  CHECK_FALSE(f.engine.answer(*ask));
  std::promise<std::thread::id> ready;
  f.engine.when_decided(ask, [&] { ready.set_value(std::this_thread::get_id()); });
  const auto lists = f.effects<ListScope>();
  REQUIRE(lists.size() == 1);
  CHECK(lists.front().namespace_name == "team");
  std::thread other([&] { f.confirm(lists.front(), {"first"}, 20); });
  const auto id = other.get_id();
  other.join();
  CHECK(ready.get_future().get() == id);
  CHECK(f.decision(ask).answer == Answer::denied);
}

TEST_CASE("a write that is not decided by its deadline is answered as not known, and holds no place") {
  Full f;
  const auto deadline = SharedEngineFixture::Clock::now() + 1h;
  const auto ask = f.ask(facts("second"), false, deadline);
  int called = 0;
  f.engine.when_decided(ask, [&] { ++called; });
  f.engine.expire(deadline - 1ns);
  CHECK(called == 0);
  f.engine.expire(deadline);
  CHECK(called == 1);
  const auto decision = f.decision(ask);
  CHECK(decision.answer == Answer::unknown);
  CHECK(decision.why == Unknown::too_late);
  REQUIRE(decision.usages.size() == 1);
  CHECK(decision.usages[0].claim.allowed == 1);
  // The confirmation comes after all: nobody is left to tell.
  f.confirm(f.effects<ListScope>().at(0), {}, 20);
  CHECK(called == 1);
  CHECK(f.engine.usage(1).entries == 0);
}

TEST_CASE("a write that nobody waits for is not decided any more, and takes no place") {
  Full f;
  const auto ask = f.ask("second");
  bool called = false;
  f.engine.when_decided(ask, [&] { called = true; });
  f.engine.give_up(ask);
  f.removed("first", 20);
  CHECK_FALSE(called);
  CHECK(f.engine.usage(1).entries == 0);
  CHECK(f.decision(f.ask("third")).answer == Answer::allowed);
  f.engine.give_up(ask);  // twice is once
}

TEST_CASE("a write that waits while policies change is judged by the new ones") {
  SECTION("a higher limit lets it in") {
    Full f;
    const auto ask = f.ask("second");
    REQUIRE_FALSE(f.engine.answer(*ask));
    bool called = false;
    f.engine.when_decided(ask, [&] { called = true; });
    const auto wider = limit_of(2);
    f.engine.select(wider);
    CHECK(called);
    const auto answer = f.engine.answer(*ask);
    REQUIRE(answer);
    CHECK(answer->decision.answer == Answer::allowed);
    CHECK(answer->decision.why == Unknown::no);
    REQUIRE(answer->decision.usages.size() == 1);
    CHECK(answer->decision.usages[0].claim.allowed == 2);
    CHECK(&answer->selection->policies() == wider.get());
  }
  SECTION("the same limit makes it wait on, until the new confirmation") {
    Full f;
    const auto ask = f.ask("second");
    const auto before = f.effects<ListScope>().at(0);
    f.engine.select(limit_of(1, ", message: x"));
    CHECK_FALSE(f.engine.answer(*ask));
    f.confirm(before, {"first"}, 20);
    CHECK_FALSE(f.engine.answer(*ask));
    f.confirm(f.effects<ListScope>().at(0), {"first"}, 20);
    CHECK(f.decision(ask).answer == Answer::denied);
  }
  SECTION("an exception that they bring spares it if it was in force when the write came") {
    const std::chrono::sys_seconds end = std::chrono::sys_days(std::chrono::year(2027) / 2 / 1);
    for (const auto& [now, spared] :
         {std::pair{end - std::chrono::seconds(1), true}, std::pair{end, false}}) {
      Full f;
      const auto ask = f.ask_at("second", now);
      REQUIRE_FALSE(f.engine.answer(*ask));
      f.engine.select(
          limit_of(1, ", exceptions: [{names: [second], namespaces: [team], until: 2027-01-31, reason: r}]"));
      CHECK((f.engine.answer(*ask) != nullptr) == spared);
    }
  }
  SECTION("policies that do not count any more allow it") {
    Full f;
    const auto ask = f.ask("second");
    f.engine.select(load(policy_document("labels", kLabelsOnly)));
    const auto decision = f.decision(ask);
    CHECK(decision.answer == Answer::allowed);
    CHECK(decision.usages.empty());
    CHECK_FALSE(f.engine.active());
    CHECK(f.engine.synced());
    CHECK(f.watches().empty());
    CHECK(f.ask("third") == nullptr);
  }
}

TEST_CASE("the same watches go on over a change of policies, others begin anew, and the old are refused") {
  SharedEngineFixture f(limit_of(1));
  const auto first = f.watches().at(0);
  f.list({});
  f.engine.select(limit_of(2));
  REQUIRE(f.watches().size() == 1);
  CHECK(f.watches()[0].epoch == first.epoch);
  CHECK(f.engine.synced());

  const std::string other =
      policy_document("other", "{mode: Enforce, match: {types: [u]}, limits: {secretsPerNamespace: 1}}");
  f.engine.select(load(other));
  REQUIRE(f.watches().size() == 1);
  const auto second = f.watches()[0];
  CHECK(second.epoch != first.epoch);
  CHECK(second.watch.field_selector == "type=u");
  bool called = false;
  CHECK_FALSE(f.engine.with_watch(first, [&](auto&, auto, auto) { called = true; }));
  CHECK_FALSE(called);
  CHECK(f.engine.with_watch(second, [&](auto&, auto, auto) { called = true; }));
  CHECK(called);
  CHECK_FALSE(f.engine.synced());
  CHECK(f.engine.watch_at(0)->epoch == second.epoch);
  CHECK_FALSE(f.engine.watch_at(1));

  // It comes back: not as the one that was.
  f.engine.select(limit_of(1));
  CHECK(f.watches().at(0).epoch != first.epoch);
  CHECK_FALSE(f.engine.with_watch(first, [](auto&, auto, auto) {}));
}

TEST_CASE("a watch that is still being listed when the plan grows begins anew") {
  SharedEngineFixture f(limit_of(1));
  const auto first = f.watches().at(0);
  f.engine.select(load(
      policy_document("two", "{mode: Enforce, match: {types: [t, u]}, limits: {secretsPerNamespace: 1}}")));
  REQUIRE(f.watches().size() == 2);
  for (const auto& watch : f.watches()) CHECK(watch.epoch != first.epoch);
}

TEST_CASE("names of a full scope are looked up once in a while, and only for policies in force") {
  Full f;
  const auto ask = f.ask("second");
  f.confirm(f.effects<ListScope>().at(0), {"first"}, 20);
  const auto answer = *f.engine.answer(*ask);
  const auto& claim = answer.decision.usages.at(0).claim;
  CHECK(f.engine.examples(answer, claim) == std::vector<std::string>{"first"});
  f.removed("first", 21);
  CHECK(f.engine.examples(answer, claim) == std::vector<std::string>{"first"});
  f.engine.select(limit_of(1));
  CHECK(f.engine.examples(answer, claim).empty());
}

TEST_CASE("names in the whole cluster come with their namespace, and the largest where bytes are summed") {
  SharedEngineFixture f(load(policy_document(
      "sum",
      "{mode: Enforce, match: {types: [t]}, limits: {bytesPerCluster: 200, bytesPerNamespace: 200}}")));
  f.list({"a"});
  f.engine.with_watch(f.watches().at(0), [](auto& engine, auto index, auto now) {
    engine.shows(index, {"other", "large", "t"}, {7, 11, 150, 1}, now);
  });
  const auto ask = f.ask("b");
  for (const auto& list : f.effects<ListScope>())
    f.engine.with([&](auto& engine, auto now) {
      engine.list_shows(list.list, {"team", "a", "t"}, {counting::uid_bits("uid-of-a"), 5, 100, 100});
      engine.list_shows(list.list, {"other", "large", "t"}, {7, 11, 150, 1});
      engine.list_ends(list.list, 20, now);
    });
  const auto answer = *f.engine.answer(*ask);
  REQUIRE(answer.decision.answer == Answer::denied);
  for (const auto& reading : answer.decision.usages) {
    const bool cluster = reading.claim.scope.kind == counting::ScopeKind::cluster;
    CHECK(f.engine.examples(answer, reading.claim) ==
          (cluster ? std::vector<std::string>{"other/large", "team/a"} : std::vector<std::string>{"a"}));
  }
}
