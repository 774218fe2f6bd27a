// What the API server refuses for ever is asked for no faster than its pace: each kind of effect.
#include <atomic>
#include <vector>

#include "effect_runner_fixture.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using runtime_test::eventually;
using runtime_test::facts;
using runtime_test::has;
using runtime_test::limit_of;
using runtime_test::RunnerFixture;
using test::ScriptedAnswer;
using test::ScriptedRequest;

namespace {

struct Refusal {
  const char* what;
  bool strict;
  bool once_warm;  // the ledger cools and is made first
  const char* method;
  const char* part;  // of the target
  int status;
  int at_a_time;  // so many are asked before the first of them is answered
};

constexpr Refusal kRefusals[] = {
    {"the ledger, read", true, false, "GET", "/configmaps/", 403, 1},
    {"the ledger, read before a denial", true, true, "GET", "/configmaps/", 403, 1},
    {"the ledger, made", true, false, "POST", "/configmaps", 403, 1},
    {"the ledger, made in a namespace that there is not", true, false, "POST", "/configmaps", 404, 1},
    {"the ledger, replaced", true, true, "PUT", "/configmaps/", 403, 1},
    {"the ledger, replaced by one that has cooled", true, false, "PUT", "/configmaps/", 403, 1},
    {"a marker, where a ledger has cooled", true, false, "PATCH", "/own/secrets/", 403, 1},
    {"a marker, before a denial", true, true, "PATCH", "/own/secrets/", 403, 1},
    {"a marker, made", true, false, "POST", "/own/secrets", 403, 1},
    {"lists of namespaces", false, false, "GET", "/secrets?", 403, 4},
    {"names", false, false, "GET", "/secrets/new", 403, 16},
};

counting::EngineOptions engine_options(bool strict) {
  auto options = runtime_test::engine_options(strict);
  options.settle = counting::Time(20);
  return options;
}

// The runner hears of a refusal, and says nothing of it until the test is over.
runtime::EffectPace slow_after_failures() {
  auto pace = runtime_test::quick_pace();
  pace.after_failed_effect = 1h;
  return pace;
}

}  // namespace

// The bug: a role without `patch` on Secrets, or an API server whose certificate was not trusted, was asked
// as fast as it refused, 5,000 times a second.
TEST_CASE("what is refused for ever is not asked for again before its time") {
  const Refusal refusal = GENERATE(from_range(std::begin(kRefusals), std::end(kRefusals)));
  INFO(refusal.what);
  std::atomic<bool> refuse = !refusal.once_warm;
  std::atomic<int> refused = 0;
  RunnerFixture f(engine_options(refusal.strict), slow_after_failures());
  for (int i = 0; i < 12; ++i) f.api.put("full-" + std::to_string(i), "stored", "t");
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    const bool whole = has(request, "/api/v1/secrets");  // a watch's own list
    if (!refuse || whole || request.method != refusal.method || !has(request, refusal.part))
      return std::nullopt;
    ++refused;
    return test::status_answer(refusal.status, "Refused", "not for you");
  });
  f.run(limit_of(1));
  if (refusal.once_warm) REQUIRE(eventually([&] { return f.engine.synced() && !f.engine.in_quarantine(); }));
  refuse = true;
  std::vector<std::shared_ptr<runtime::SharedEngine::PendingWrite>> asked;
  const auto ask = [&](const std::string& in) {
    const auto object = facts("new", "t", in);
    asked.push_back(f.engine.ask({policy::Operation::create, nullptr, &object, nullptr}, false,
                                 RunnerFixture::Clock::now() + 1h));
  };
  REQUIRE(eventually([&] { return f.api.count("GET", "watch=1") > 0; }));
  for (int i = 0; i < 40; ++i) ask("free-" + std::to_string(i));
  for (int i = 0; i < 6; ++i) ask("full-" + std::to_string(i));
  REQUIRE(eventually([&] { return refused >= refusal.at_a_time; }));
  // The engine ticks on, and others ask.
  for (int i = 6; i < 12; ++i) ask("full-" + std::to_string(i));
  const int before = f.ticks;
  REQUIRE(eventually([&] { return f.ticks >= before + 20; }));
  CHECK(refused == refusal.at_a_time);
}

TEST_CASE("the pause after a write of the ledger that failed is no part of its time") {
  RunnerFixture f(engine_options(true), slow_after_failures());
  f.api.intercept([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method != "POST" || !has(request, "/configmaps")) return std::nullopt;
    return test::status_answer(403, "Refused", "not for you");
  });
  f.run(limit_of(1));
  CHECK(eventually([&] { return f.exposes(R"(ledger_write_duration_seconds_count{ledger="cluster"} 1)"); }));
}

TEST_CASE("what was refused is asked for again once its pause is over") {
  std::atomic<int> refusals = 3;
  RunnerFixture f(engine_options(true));
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.method != "PATCH" || refusals-- <= 0) return std::nullopt;
    return test::status_answer(403, "Forbidden", "not yet");
  });
  REQUIRE(f.start(limit_of(1)));
  CHECK(eventually([&] { return !f.engine.in_quarantine(); }));
}
