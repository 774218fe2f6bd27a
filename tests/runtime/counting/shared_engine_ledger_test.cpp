// --counting=strict: the ledger and the markers at an API server.
#include <atomic>

#include "effect_runner_fixture.hpp"
#include "runtime/counting/watch_marker.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using counting::Answer;
using counting::Unknown;
using runtime_test::eventually;
using runtime_test::has;
using runtime_test::limit_of;
using runtime_test::load;
using runtime_test::policy_document;
using runtime_test::quick_pace;
using runtime_test::RunnerFixture;
using test::ScriptedAnswer;
using test::ScriptedRequest;

namespace {

// Cooling ends in no time.
counting::EngineOptions strict() {
  auto options = runtime_test::engine_options(true);
  options.settle = counting::Time(1);
  return options;
}

// A replica whose ledger is warm.
struct Warm : RunnerFixture {
  explicit Warm(int limit, runtime::EffectPace pace = quick_pace(), int stored = 0)
      : RunnerFixture(strict(), pace) {
    for (int i = 0; i < stored; ++i) api.put("team", "stored-" + std::to_string(i), "t");
    REQUIRE(start(limit_of(limit)));
    REQUIRE(eventually([&] { return !engine.in_quarantine(); }));
  }
};

bool writes_ledger(const ScriptedRequest& request) {
  return request.method == "PUT" && has(request, "/configmaps/");
}

}  // namespace

TEST_CASE("a ledger that is missing is created, cools until a marker was seen, and then holds each write") {
  Warm f(2);
  CHECK(f.api.count("POST", "/namespaces/own/configmaps") == 1);
  CHECK(f.api.count("POST", "/namespaces/own/configmaps/") == 0);
  CHECK(f.api.count("POST", "/namespaces/own/secrets") == 1);
  const auto puts = f.api.count("PUT", "/namespaces/own/configmaps/counts");
  CHECK(f.decide("a").answer == Answer::allowed);
  CHECK(f.api.count("PUT", "/namespaces/own/configmaps/counts") > puts);
  CHECK(f.api.config_map("counts-cluster").find("team a t") != std::string::npos);
  const auto usage = f.engine.usage(10);
  REQUIRE(usage.ledgers.size() == 1);
  CHECK(usage.ledgers.front().ledger == "cluster");
  CHECK(usage.ledgers.front().entries == 1);
  CHECK(usage.ledgers.front().bytes > 20);
  CHECK(usage.ledgers.front().cooling == 0ms);
  REQUIRE(usage.ledgers.front().namespaces.size() == 1);
  CHECK(usage.ledgers.front().namespaces.front().namespace_name == "team");
  CHECK(usage.ledgers.front().namespaces.front().bytes == usage.ledgers.front().bytes);
  const auto page = test::parse_dom(runtime::to_json(usage, true));
  const auto& ledger = page["ledgers"][0];
  CHECK(std::string(ledger["ledger"].GetString()) == "cluster");
  CHECK(ledger["entries"].GetUint64() == 1);
  CHECK(ledger["coolingSeconds"].GetDouble() == 0);
  CHECK(std::string(ledger["namespaces"][0]["namespace"].GetString()) == "team");
  CHECK(ledger["namespaces"][0]["share"].GetDouble() > 0);
  const auto text = f.metrics.expose();
  for (const char* name : {"ledger_write_duration_seconds_count", "ledger_written_bytes_total"}) {
    INFO(name);
    const auto sample = std::string(name) + R"({ledger="cluster"} )";
    REQUIRE(text.find(sample) != std::string::npos);
    CHECK(text.find(sample + "0\n") == std::string::npos);
  }
}

TEST_CASE("each ledger has its metrics, and gauges of what policies need no longer go") {
  Warm f(2);
  REQUIRE(eventually([&] { return f.exposes(R"(ledger_entries{ledger="cluster"} 0)"); }));
  for (const char* name :
       {"ledger_bytes", "ledger_share_ratio", "ledger_cooling_seconds", "ledger_conflicts_total"})
    CHECK(f.exposes(std::string(name) + R"({ledger="cluster"} 0)"));
  CHECK(f.metrics.expose().find(R"(watch_last_event_timestamp_seconds{type="t"} 1)") != std::string::npos);
  f.engine.select(load(policy_document("none", "{mode: Enforce, limits: {keysPerSecret: 5}}")));
  CHECK(eventually(
      [&] { return f.metrics.expose().find("watch_last_event_timestamp_seconds{") == std::string::npos; }));
}

TEST_CASE("a ledger that another replica wrote meanwhile is read and written again") {
  std::atomic<int> touched = 0;
  Warm f(2);
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (writes_ledger(request) && touched++ == 0) f.api.touch_config_map("counts-cluster");
    return std::nullopt;
  });
  CHECK(f.decide("a").answer == Answer::allowed);
  CHECK(f.api.config_map("counts-cluster").find("team a t") != std::string::npos);
  CHECK(eventually([&] { return f.exposes(R"(ledger_conflicts_total{ledger="cluster"} 1)"); }));
}

TEST_CASE("a ledger that somebody deletes or makes at the same moment is read again, and no failure") {
  // Of the request that comes too late.
  const std::string method = GENERATE("PUT", "POST");
  std::atomic<int> late = 1;
  RunnerFixture f(strict());
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method != method || !has(request, "/configmaps") || late-- <= 0) return std::nullopt;
    if (method == "PUT") return test::status_answer(404, "NotFound", "no such ConfigMap");
    f.api.intercept({});
    f.api.handle(request);
    return test::status_answer(409, "AlreadyExists", "there is one");
  });
  REQUIRE(f.start(limit_of(2)));
  CHECK(eventually([&] { return !f.engine.in_quarantine(); }));
  CHECK(f.decide("a").answer == Answer::allowed);
  CHECK(eventually([&] { return f.exposes(R"(ledger_conflicts_total{ledger="cluster"} 1)"); }));
  f.runner.stop();
  CHECK_FALSE(f.logged("the ledger could not be written"));
}

TEST_CASE("where no policy counts the ledger is not asked for") {
  RunnerFixture f(strict());
  f.run(runtime_test::load(runtime_test::policy_document("labels", "{labels: {team: blue}}")));
  for (int ticks = 0; ticks < 20; ++ticks) {
    f.was_synced = false;
    REQUIRE(eventually([&] { return f.was_synced.load(); }));
  }
  CHECK(f.api.count("GET", "/configmaps") == 0);
}

TEST_CASE("a write of the ledger whose outcome nobody knows is looked up, and admits nothing before") {
  const bool done = GENERATE(false, true);
  std::atomic<int> failures = 1;
  Warm f(1);
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!writes_ledger(request) || failures-- <= 0) return std::nullopt;
    if (done) {
      f.api.intercept({});
      f.api.handle(request);
    }
    return test::status_answer(500, "InternalError", "etcd elects a leader");
  });
  CHECK(f.decide("a").answer == Answer::allowed);
  const std::string ledger = f.api.config_map("counts-cluster");
  const auto entry = ledger.find("team a t");
  REQUIRE(entry != std::string::npos);
  CHECK(ledger.find("team a t", entry + 1) == std::string::npos);
  f.runner.stop();
  CHECK(f.logged("the ledger could not be written"));
}

TEST_CASE("a ledger that may not be written is not tried as fast as it is refused, and nothing is known") {
  auto pace = quick_pace();
  std::atomic<int> refused = 0;
  Warm f(1, pace);
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!writes_ledger(request)) return std::nullopt;
    ++refused;
    return test::status_answer(403, "Forbidden", "not yours");
  });
  const auto unknown = f.decide("a", 50ms);
  CHECK(unknown.answer == Answer::unknown);
  CHECK(unknown.why == Unknown::too_late);
  CHECK(refused > 0);
}

TEST_CASE("a ledger that is too large to be read is left as it is, and said") {
  const std::string large(17 * 1024 * 1024, ' ');
  RunnerFixture f(strict());
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "/configmaps/")) return std::nullopt;
    return test::answer(200, large);
  });
  f.run(limit_of(1));
  REQUIRE(eventually([&] { return f.api.count("GET", "/configmaps/counts") >= 3; }));
  f.runner.stop();
  CHECK(f.api.count("POST", "/configmaps") + f.api.count("PUT", "/configmaps") == 0);
  CHECK(f.logged("the ledger could not be read"));
}

TEST_CASE("a ledger that cannot be read is read again, and nothing is decided before") {
  std::atomic<bool> refuse = true;
  RunnerFixture f(strict());
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!refuse || !has(request, "/configmaps/")) return std::nullopt;
    return test::status_answer(500, "InternalError", "not now");
  });
  f.run(limit_of(1));
  REQUIRE(eventually([&] { return f.api.count("GET", "watch=1") > 0; }));
  CHECK_FALSE(f.engine.synced());
  const auto ask = f.ask("a");
  REQUIRE(eventually([&] { return f.api.count("GET", "/configmaps/counts") >= 3; }));
  CHECK_FALSE(f.engine.answer(*ask));
  CHECK(f.api.count("POST", "/configmaps") == 0);
  refuse = false;
  // It is made anew, and cools first.
  CHECK(f.decided(ask).why == Unknown::quarantine);
  f.runner.stop();
  CHECK(f.logged("the ledger could not be read"));
}

TEST_CASE("a ledger of a format that is not known is left as it is, and said") {
  RunnerFixture f(strict());
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "/configmaps/")) return std::nullopt;
    return test::answer(200, R"({"metadata":{"resourceVersion":"9"},"data":{"format":"3","id":"x"}})");
  });
  f.run(limit_of(1));
  REQUIRE(eventually([&] { return f.api.count("GET", "watch=1") > 0 && f.engine.synced(); }));
  CHECK(f.decide("a").why == Unknown::ledger_format);
  f.runner.stop();
  CHECK(f.api.count("POST", "/configmaps") + f.api.count("PUT", "/configmaps") == 0);
  CHECK(f.logged("another version wrote the ledger, in a format that this one does not know"));
}

TEST_CASE("writes of the ledger are as far apart as their pace says") {
  Warm f(99);
  const auto puts = f.api.count("PUT", "/configmaps/counts");
  const auto began = std::chrono::steady_clock::now();
  // A Helm revision takes no place of a block.
  for (int i = 1; i <= 6; ++i)
    CHECK(f.decide("sh.helm.release.v1.a.v" + std::to_string(i)).answer == Answer::allowed);
  CHECK(f.api.count("PUT", "/configmaps/counts") >= puts + 6);
  CHECK(std::chrono::steady_clock::now() - began >= 50ms);
  CHECK(f.api.config_map("counts-cluster").find(R"("secret-hygiene.io/ignore":"true")") != std::string::npos);
}

// With --ledger in a namespace that the webhook is called for, its marker waited for itself.
TEST_CASE("the webhook's own marker waits for no count, and others of its namespace do") {
  Warm f(1);
  const auto ask = [&](const std::string& name, const std::string& in) {
    const auto object = runtime_test::facts(name, "t", in);
    return f.engine.ask({policy::Operation::create, nullptr, &object, nullptr}, false,
                        RunnerFixture::Clock::now() + 1h);
  };
  CHECK_FALSE(ask(runtime::marker_name("t"), "own"));
  CHECK(ask(runtime::marker_name("other"), "own"));
  CHECK(ask(runtime::marker_name("t"), "team"));
  CHECK(ask("mine", "own"));
}

TEST_CASE("before a denial the marker of the watch's type is changed, and seen") {
  Warm f(1, quick_pace(), 1);
  const std::string marker = "/namespaces/own/secrets/" + runtime::marker_name("t");
  const auto patches = f.api.count("PATCH", marker);
  CHECK(f.decide("second").answer == Answer::denied);
  CHECK(f.api.count("PATCH", marker) > patches);
  CHECK(f.api.count("GET", "/namespaces/team/secrets?") == 0);
}

TEST_CASE("a marker that another replica made meanwhile is patched") {
  std::atomic<int> missing = 1;
  Warm f(1, quick_pace(), 1);
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method != "PATCH" || missing-- <= 0) return std::nullopt;
    return test::status_answer(404, "NotFound", "not yet");
  });
  const auto posts = f.api.count("POST", "/namespaces/own/secrets");
  CHECK(f.decide("second").answer == Answer::denied);
  CHECK(f.api.count("POST", "/namespaces/own/secrets") == posts + 1);
  f.runner.stop();
  CHECK_FALSE(f.logged("a marker could not be written"));
}

TEST_CASE("a marker that may not be written denies nothing: it is not known in time") {
  Warm f(1, quick_pace(), 1);
  f.api.intercept([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method != "PATCH") return std::nullopt;
    return test::status_answer(403, "Forbidden", "not yours");
  });
  // Longer than the pause after the confirmation that ended the quarantine.
  const auto unknown = f.decide("second", 500ms);
  CHECK(unknown.answer == Answer::unknown);
  CHECK(unknown.why == Unknown::too_late);
  f.runner.stop();
  CHECK(f.logged("a marker could not be written"));
}
