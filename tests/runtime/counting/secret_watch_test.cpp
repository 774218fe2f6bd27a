// What a watch of Secrets brings, and what it does when it breaks.
#include <atomic>

#include "effect_runner_fixture.hpp"

using namespace hygiene;
using runtime_test::eventually;
using runtime_test::has;
using runtime_test::limit_of;
using runtime_test::load;
using runtime_test::policy_document;
using runtime_test::RunnerFixture;
using test::ScriptedAnswer;
using test::ScriptedRequest;

namespace {

bool is_list(const ScriptedRequest& request) {
  return has(request, "/api/v1/secrets?") && !has(request, "watch=1");
}

}  // namespace

TEST_CASE("a watch begins with a list by pages and goes on with events") {
  RunnerFixture f;
  f.api.page = 2;
  for (const char* name : {"a", "b", "c", "d", "e"}) f.api.put("team", name, "t");
  f.api.put("team", "x", "another");
  REQUIRE(f.start(limit_of(9)));
  CHECK(f.counted() == 5);
  f.api.put("team", "f", "t");
  CHECK(f.counts(6));
  f.api.remove("team", "a");
  f.api.remove("team", "b");
  CHECK(f.counts(4));
  CHECK(f.api.count("GET", "fieldSelector=type%3Dt") >= 4);
  CHECK(eventually([&] { return f.exposes("inventory_synced 1") && f.was_synced; }));
  CHECK(eventually([&] { return f.exposes(R"(inventory_secrets{policy="limits"} 4)"); }));
  CHECK(eventually([&] {
    return f.exposes(R"(limit_usage_ratio{limit="secretsPerNamespace",policy="limits"} 0.4444444444444444)");
  }));
}

TEST_CASE("where types must be told apart Secrets come as Tables, and count by their own type") {
  RunnerFixture f;
  f.api.put("team", "a", "t1");
  f.api.put("team", "x", "u");
  REQUIRE(f.start(load(
      policy_document("p", "{mode: Enforce, match: {types: ['t*']}, limits: {secretsPerNamespace: 9}}"))));
  CHECK(f.counted() == 1);
  f.api.put("team", "b", "t2");
  f.api.put("team", "y", "u");
  CHECK(f.counts(2));
  f.api.remove("team", "a");
  CHECK(f.counts(1));
}

TEST_CASE("an API server ends each watch within a minute, and the next goes on from the last bookmark") {
  RunnerFixture f;
  f.api.put("team", "a", "t");
  REQUIRE(f.start(limit_of(9)));
  f.api.put("team", "x", "another");  // no event of this watch: only a bookmark tells
  const auto bookmark = "resourceVersion=" + std::to_string(f.api.revision()) + "&timeoutSeconds=60&";
  CHECK(eventually([&] { return f.api.count("GET", bookmark) > 0; }));
  CHECK(f.api.count("GET", "continue") + f.api.count("GET", "limit=") == 1);
}

TEST_CASE("a watch whose revisions go back lists again") {
  std::atomic<int> restored = 0;
  RunnerFixture f;
  f.api.put("team", "a", "t");
  REQUIRE(f.start(limit_of(9)));
  f.api.put("team", "b", "t");
  REQUIRE(f.counts(2));
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "watch=1") || restored++ != 0) return std::nullopt;
    return test::answer(200, R"({"type":"BOOKMARK","object":{"kind":"PartialObjectMetadata",)"
                             R"("apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"1"}}})");
  });
  const auto lists = f.api.count("GET", "limit=");
  CHECK(eventually([&] { return f.api.count("GET", "limit=") > lists; }));
  CHECK(eventually([&] { return f.engine.in_quarantine(); }));
  f.runner.stop();
  CHECK(f.logged("resourceVersions went back"));
}

TEST_CASE("a watch whose version is too old lists again, and forgets nothing meanwhile") {
  std::atomic<bool> refuse = true;
  RunnerFixture f;
  f.api.put("team", "a", "t");
  f.api.put("team", "b", "t");
  REQUIRE(f.start(limit_of(9)));
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (refuse && is_list(request)) return test::status_answer(500, "InternalError", "not now");
    return std::nullopt;
  });
  f.api.remove("team", "a");
  f.api.put("team", "c", "t");
  f.api.put("team", "d", "t");
  f.api.compact();
  REQUIRE(eventually([&] { return f.api.count("GET", "limit=") >= 4; }));
  CHECK(f.engine.synced());
  CHECK(f.counted() >= 2);
  refuse = false;
  CHECK(f.counts(3));
  CHECK(eventually([&] { return f.exposes(R"(watch_restarts_total{reason="expired"} 1)"); }));
  CHECK_FALSE(f.exposes(R"(watch_restarts_total{reason="list"} 0)"));
}

TEST_CASE("a list that breaks half way is begun anew, and counts nothing twice") {
  const bool cut = GENERATE(false, true);
  std::atomic<int> broken = 0;
  RunnerFixture f;
  f.api.page = 2;
  for (const char* name : {"a", "b", "c", "d", "e"}) f.api.put("team", name, "t");
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "continue=") || broken == 3) return std::nullopt;
    ++broken;
    if (!cut) return test::status_answer(410, "Expired", "the list is too old");
    ScriptedAnswer half = test::answer(200, std::string(1000, ' '));
    half.bytes.resize(half.bytes.size() - 500);
    half.close = true;
    return half;
  });
  f.run(limit_of(9));
  CHECK(eventually([&] { return f.engine.synced(); }));
  CHECK(broken == 3);
  CHECK(f.counted() == 5);
  f.runner.stop();
  CHECK(f.exposes(R"(watch_restarts_total{reason="list"} 3)"));
  CHECK(f.logged("Secrets could not be listed"));
}

TEST_CASE("limits per cluster that local mode cannot confirm in time are warned of") {
  const bool slow = GENERATE(true, false), in_cluster = GENERATE(true, false);
  auto pace = runtime_test::quick_pace();
  pace.watch.confirms_in = std::chrono::milliseconds(slow ? -1 : 60'000);
  RunnerFixture f(runtime_test::engine_options(false), pace);
  f.run(in_cluster
            ? load(policy_document("limits",
                                   "{mode: Enforce, match: {types: [t]}, limits: {secretsPerNamespace: "
                                   "5, secretsPerCluster: 9}}"))
            : limit_of(9));
  REQUIRE(eventually([&] { return f.engine.synced(); }));
  f.runner.stop();
  CHECK(f.logged("takes too long for limits per cluster") == (slow && in_cluster));
}

TEST_CASE("a page that broke off and comes again is counted once") {
  runtime_test::SharedEngineFixture f(limit_of(9));
  const auto watch = f.watches().at(0);
  counting::ListId list = 0;
  f.engine.with_watch(watch, [&](auto& engine, auto index, auto) { list = engine.begin_list(index); });
  runtime::ListToEngine pages(f.engine, watch, list);
  json::PushReader reader(*pages.events());
  const std::string page =
      R"({"items":[{"metadata":{"name":"a","namespace":"team","uid":"u","resourceVersion":"5"}},)"
      R"({"metadata":{"name":"b","namespace":"team","uid":"v","resourceVersion":"6"}}]})";
  for (const std::size_t length : {page.size() - 20, page.size()}) {
    REQUIRE(pages.begin_page());
    reader.reset();
    REQUIRE(reader.feed(page.substr(0, length)));
    REQUIRE(pages.part(""));
  }
  REQUIRE(pages.end_of_page());
  f.engine.with([&](auto& engine, auto now) { engine.list_ends(list, 10, now); });
  CHECK(f.engine.usage(0).policies.at(0).secrets == 2);
}

TEST_CASE("an event that breaks off is taken once, when it comes whole") {
  std::atomic<bool> cut = true;
  std::atomic<bool> was_cut = false;
  RunnerFixture f;
  f.api.put("team", "a", "t");
  f.api.put("team", "b", "t");
  REQUIRE(f.start(limit_of(9)));
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (!has(request, "watch=1") || !cut.exchange(false)) return std::nullopt;
    was_cut = true;
    ScriptedAnswer half = test::answer(
        200, R"({"type":"DELETED","object":{"metadata":{"name":"a","namespace":"team","uid":"uid-x",)"
             R"("resourceVersion":"90000"}})");
    half.close = true;
    return half;
  });
  REQUIRE(eventually([&] { return was_cut.load(); }));
  f.api.put("team", "c", "t");
  CHECK(f.counts(3));
}

TEST_CASE("a watch that no policy wants any more is not asked for again") {
  // Of an API server that tells nothing where nothing happens, not even bookmarks.
  const bool silent = GENERATE(false, true);
  RunnerFixture f;
  f.api.intercept([silent](const ScriptedRequest& request) {
    return silent && has(request, "watch=1") ? std::optional(test::answer(200, "")) : std::nullopt;
  });
  REQUIRE(f.start(limit_of(9)));
  f.engine.select(load(
      policy_document("other", "{mode: Enforce, match: {types: [u]}, limits: {secretsPerNamespace: 1}}")));
  REQUIRE(eventually([&] { return f.api.count("GET", "watch=1&") > 0 && f.engine.synced(); }));
  // Once the new watch has begun twice the old one has learnt it: each ends at once here.
  const auto seen = f.api.count("GET", "type%3Du");
  REQUIRE(eventually([&] { return f.api.count("GET", "type%3Du") > seen + 20; }));
  const auto old = f.api.count("GET", "type%3Dt");
  REQUIRE(eventually([&] { return f.api.count("GET", "type%3Du") > seen + 60; }));
  CHECK(f.api.count("GET", "type%3Dt") == old);
  f.engine.select(load(policy_document("labels", "{labels: {team: blue}}")));
  CHECK(f.engine.synced());
}

TEST_CASE("whatever ends a watch, it begins anew") {
  const auto broken = [](const std::string& text) { return test::answer(200, text); };
  const ScriptedAnswer out = GENERATE_COPY(
      test::status_answer(403, "Forbidden", "no"), test::status_answer(401, "Unauthorized", "who"),
      test::status_answer(406, "NotAcceptable", "no such form"), broken("planted"),
      broken(R"({"type":"ADDED","object":{"metadata":{"name":["planted"]}}})"),
      broken(R"({"type":"ERROR","object":{"kind":"Status","reason":"Gone","message":"old"}})"));
  std::atomic<bool> breaks = true;
  RunnerFixture f;
  f.api.put("team", "a", "t");
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    return breaks && has(request, "watch=1") ? std::optional(out) : std::nullopt;
  });
  REQUIRE(f.start(limit_of(9)));
  REQUIRE(eventually([&] { return f.api.count("GET", "limit=") >= 3; }));
  breaks = false;
  f.api.put("team", "b", "t");
  CHECK(f.counts(2));
  f.runner.stop();
  CHECK(f.logged("a watch of Secrets ended"));
  CHECK_FALSE(f.logged("planted"));
}

TEST_CASE("a bookmark tells how far the watch has come, though nothing of its type was stored") {
  RunnerFixture f;
  REQUIRE(f.start(limit_of(9)));
  f.api.put("team", "a", "another");
  const auto revision = f.api.revision();
  CHECK(eventually([&] {
    return f.engine.with([&](auto& engine, auto) { return engine.view().revision(0) >= revision; });
  }));
}

TEST_CASE("a watch that goes on over a change of policies is not begun once more") {
  RunnerFixture f;
  REQUIRE(f.start(limit_of(9)));
  f.engine.select(limit_of(8));
  const auto watched = f.api.count("GET", "watch=1");
  REQUIRE(eventually([&] { return f.api.count("GET", "watch=1") > watched + 20; }));
  CHECK(f.api.count("GET", "limit=") == 1);
}

TEST_CASE("no watch goes on from a list that another has overtaken") {
  std::atomic<bool> first = true;
  RunnerFixture f;
  f.api.put("team", "a", "t");
  f.api.intercept([&](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    if (is_list(request) && first.exchange(false))
      f.engine.with_watch(*f.engine.watch_at(0),
                          [](auto& engine, auto index, auto) { engine.begin_list(index); });
    return std::nullopt;
  });
  REQUIRE(f.start(limit_of(9)));
  CHECK(f.counted() == 1);
  CHECK(f.api.count("GET", "limit=") == 2);
}

TEST_CASE("an API server that is not known yet is asked once it is") {
  RunnerFixture f;
  f.api.put("team", "a", "t");
  std::filesystem::remove(f.folder.path() / "config");
  f.run(limit_of(9));
  REQUIRE(eventually([&] { return !f.exposes(R"(watch_restarts_total{reason="list"} 0)"); }));
  CHECK_FALSE(f.engine.synced());
  CHECK(f.decide("new").why == counting::Unknown::not_synced);
  f.write_kubeconfig();
  CHECK(eventually([&] { return f.engine.synced(); }));
  CHECK(f.counted() == 1);
  f.runner.stop();
  CHECK(f.logged("cannot ask the API server for Secrets"));
}
