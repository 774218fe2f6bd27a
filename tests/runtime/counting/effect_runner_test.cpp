// What the counting engine wants done at an API server, done there.
#include <atomic>

#include "effect_runner_fixture.hpp"

using namespace hygiene;
using namespace hygiene::runtime_test;
using namespace std::chrono_literals;
using counting::Answer;
using counting::Unknown;
using test::ScriptedAnswer;
using test::ScriptedRequest;

namespace {

std::shared_ptr<const policy::PolicySet> sum_of(int bytes) {
  return load(policy_document("sum", "{mode: Enforce, match: {types: [t]}, limits: {bytesPerNamespace: " +
                                         std::to_string(bytes) + "}}"));
}

}  // namespace

TEST_CASE("in local mode a denial is confirmed by a list of its namespace, and a DELETE is seen in time") {
  RunnerFixture f;
  f.api.put("team", "a", "t");
  REQUIRE(f.start(limit_of(2)));
  CHECK(f.decide("b").answer == Answer::allowed);
  CHECK(f.api.count("GET", "/namespaces/team/secrets?") == 0);
  f.api.put("team", "b", "t");
  const auto denied = f.decide("c");
  CHECK(denied.answer == Answer::denied);
  REQUIRE(denied.usages.size() == 1);
  CHECK(denied.usages[0].used == 3);
  CHECK(f.api.count("GET", "/namespaces/team/secrets?") == 1);
  f.api.remove("team", "a");
  CHECK(f.decide("c").answer == Answer::allowed);
}

TEST_CASE("a list that confirms and fails is asked again, and what stays unknown is answered in time") {
  std::atomic<int> failures = 1;
  RunnerFixture f;
  f.api.put("team", "a", "t");
  REQUIRE(f.start(limit_of(1)));
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "/namespaces/team/secrets?") || failures-- <= 0) return std::nullopt;
    return test::status_answer(500, "InternalError", "not now");
  });
  CHECK(f.decide("b").answer == Answer::denied);
  failures = 1'000'000;
  const auto unknown = f.decide("c", 50ms);
  CHECK(unknown.answer == Answer::unknown);
  CHECK(unknown.why == Unknown::too_late);
}

TEST_CASE("an admitted write that was never stored gives its place back once its time has passed") {
  auto options = runtime_test::engine_options();
  options.settle = counting::Time(20);
  RunnerFixture f(options);
  REQUIRE(f.start(limit_of(1)));
  CHECK(f.decide("a").answer == Answer::allowed);
  CHECK(eventually([&] { return f.engine.usage(0).entries == 0; }));
  CHECK(f.api.count("GET", "/namespaces/team/secrets/a") == 1);
}

TEST_CASE("a name that cannot be looked up keeps its place, and is looked up again") {
  auto options = runtime_test::engine_options();
  options.settle = counting::Time(20);
  std::atomic<bool> refuse = true;
  RunnerFixture f(options);
  REQUIRE(f.start(limit_of(1)));
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!refuse || !has(request, "/secrets/a")) return std::nullopt;
    return has(request, "?") ? std::nullopt
                             : std::optional(test::status_answer(403, "Forbidden", "not yours"));
  });
  CHECK(f.decide("a").answer == Answer::allowed);
  REQUIRE(eventually([&] { return f.api.count("GET", "/secrets/a") >= 3; }));
  CHECK(f.engine.usage(0).entries == 1);
  refuse = false;
  CHECK(eventually([&] { return f.engine.usage(0).entries == 0; }));
}

TEST_CASE("a Secret whose size nobody wrote down is read once, and its size forgotten with it") {
  RunnerFixture f;
  f.api.put("team", "known", "t", "50");
  f.api.put("team", "old", "t", "", 300);
  f.api.put("team", "forged", "t", "18446744073709551615", 30);
  REQUIRE(f.start(sum_of(100'000)));
  CHECK(eventually([&] { return f.summed() == 380; }));
  f.api.put("team", "old", "t", "", 600);
  CHECK(eventually([&] { return f.summed() == 680; }));
  f.api.remove("team", "old");
  CHECK(eventually([&] { return f.summed() == 80; }));
  CHECK(f.api.count("GET", "/secrets/old") == 2);
  CHECK(f.api.count("GET", "/secrets/forged") == 1);
  CHECK(f.api.count("GET", "/secrets/known") == 0);
}

TEST_CASE("Secrets that cannot be read are not read again and again") {
  auto pace = quick_pace();
  pace.measure_after_failure = 1h;
  RunnerFixture f(runtime_test::engine_options(), pace);
  f.api.put("team", "old", "t", "", 300);
  f.api.intercept([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "/secrets/old")) return std::nullopt;
    return test::status_answer(403, "Forbidden", "not yours");
  });
  REQUIRE(f.start(sum_of(100'000)));
  REQUIRE(eventually([&] { return f.api.count("GET", "/secrets/old") == 1; }));
  const auto unknown = f.decide("new");
  CHECK(unknown.answer == Answer::unknown);
  CHECK(unknown.why == Unknown::unmeasured);
  const auto watched = f.api.count("GET", "watch=1");
  REQUIRE(eventually([&] { return f.api.count("GET", "watch=1") > watched + 20; }));
  CHECK(f.api.count("GET", "/secrets/old") == 1);
  f.runner.stop();
  CHECK(f.logged("a Secret could not be measured"));
}

TEST_CASE("a Secret that is gone by the time it is read keeps no other from being read") {
  auto pace = quick_pace();
  pace.measure_after_failure = 1h;
  RunnerFixture f(runtime_test::engine_options(), pace);
  f.api.put("team", "gone", "t", "", 300);
  f.api.intercept([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "/secrets/gone")) return std::nullopt;
    return test::status_answer(404, "NotFound", "no such Secret");
  });
  REQUIRE(f.start(sum_of(100'000)));
  REQUIRE(eventually([&] { return f.api.count("GET", "/secrets/gone") >= 1; }));
  f.api.put("team", "old", "t", "", 30);
  CHECK(eventually([&] { return f.summed() == 30; }));
  f.runner.stop();
  CHECK_FALSE(f.logged("a Secret could not be measured"));
}

TEST_CASE("stop leaves whatever is under way, and nothing is called afterwards") {
  struct Case {
    const char* what;
    const char* method;
    const char* part;
    bool strict;
  };
  const Case c = GENERATE(
      Case{"the list", "GET", "/api/v1/secrets?limit", false}, Case{"the watch", "GET", "watch=1", false},
      Case{"the confirming list", "GET", "/namespaces/team/secrets?", false},
      Case{"a measured Secret", "GET", "/secrets/old", false},
      Case{"the ledger", "GET", "/configmaps/", true}, Case{"the new ledger", "POST", "/configmaps", true});
  INFO(c.what);
  std::atomic<bool> reached = false;
  RunnerFixture f(runtime_test::engine_options(c.strict));
  f.api.put("team", "a", "t");
  f.api.put("team", "old", "t", "", 300);
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method != c.method || !has(request, c.part)) return std::nullopt;
    reached = true;
    ScriptedAnswer nothing;
    nothing.silence = true;
    return nothing;
  });
  f.run(load(policy_document("p", R"({mode: Enforce, match: {types: [t]},
    limits: {secretsPerNamespace: 2, bytesPerNamespace: 1Ki}})")));
  std::vector<std::shared_ptr<runtime::SharedEngine::PendingWrite>> asked;
  REQUIRE(eventually([&] {
    if (f.engine.synced() || c.strict) asked.push_back(f.ask("n" + std::to_string(asked.size())));
    return reached.load();
  }));
  f.runner.stop();
  f.runner.stop();
  // Others still ask; nobody answers, and nothing breaks.
  const auto late = f.ask("late");
  if (late) f.engine.give_up(late);
  for (const auto& ask : asked) {
    if (ask) f.engine.give_up(ask);
  }
}

TEST_CASE("a runner that was never started stops") {
  RunnerFixture f;
  f.engine.select(limit_of(1));
  f.ask("a");
  f.runner.stop();
}
