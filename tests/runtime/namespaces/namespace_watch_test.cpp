// The labels of namespaces from an API server in memory: what is kept, who is told, and who waits for them.
#include "runtime/namespaces/namespace_watch.hpp"

#include <atomic>
#include <mutex>
#include <sstream>

#include <catch2/catch.hpp>

#include "runtime/counting/run_until.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

using namespace hygiene;
using namespace std::chrono_literals;
using runtime::NamespaceBook;

namespace {

using Keys = std::vector<std::string>;
const Keys kTier{"tier"};

std::string space(const std::string& name, const std::string& labels, int revision) {
  return R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":")" + name +
         R"(","resourceVersion":")" + std::to_string(revision) + R"(","labels":{)" + labels + "}}}";
}

std::string gold(const std::string& more = "") {
  return more + R"("tier":"gold")";
}

class Namespaces {
 public:
  test::ScriptedAnswer handle(const test::ScriptedRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.target.find("watch=") == std::string::npos) {
      ++lists;
      if (refused) return test::status_answer(403, "Forbidden", "no");
      std::string items;
      for (const auto& [name, labels] : stored_) items += (items.empty() ? "" : ",") + space(name, labels, 1);
      return test::answer(200,
                          R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":)"
                          R"({"resourceVersion":")" +
                              std::to_string(revision_) + R"("},"items":[)" + items + "]}");
    }
    ++watches;
    if (expired.exchange(false))
      return test::chunked(200,
                           {R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"});
    std::string events = std::exchange(events_, {});
    events +=
        R"({"type":"BOOKMARK","object":{"kind":"PartialObjectMetadata","metadata":{"resourceVersion":")" +
        std::to_string(revision_) + "\"}}}\n";
    return test::chunked(200, {events});
  }
  void put(const std::string& name, const std::string& labels) {
    const std::lock_guard lock(mutex_);
    const bool known = stored_.contains(name);
    stored_[name] = labels;
    add(known ? "MODIFIED" : "ADDED", name, labels);
  }
  void erase(const std::string& name) {
    const std::lock_guard lock(mutex_);
    add("DELETED", name, stored_[name]);
    stored_.erase(name);
  }

  std::atomic<bool> refused = false, expired = false;
  std::atomic<int> lists = 0, watches = 0;

 private:
  void add(const std::string& type, const std::string& name, const std::string& labels) {
    events_ += R"({"type":")" + type + R"(","object":)" + space(name, labels, ++revision_) + "}\n";
  }

  std::mutex mutex_;
  std::map<std::string, std::string> stored_;
  std::string events_;
  int revision_ = 10;
};

struct Fixture {
  explicit Fixture(std::chrono::milliseconds changes = 1ms) {
    folder.write("config", "current-context: t\nclusters: [{name: c, cluster: {server: '" + server.url() +
                               "'}}]\ncontexts: [{name: t, context: {cluster: c}}]\n");
    runtime::NamespaceWatchOptions options;
    options.access.kubeconfig = (folder.path() / "config").string();
    options.api.retry.first_pause = 1ms;
    options.api.retry.attempts_max = 1;
    options.pace = {2ms, changes, 60s, 2ms, 0ms};
    options.synced = [this](bool listed) { synced = listed; };
    options.changed = [this](const std::string& name, const NamespaceBook::Labels& labels) {
      const std::lock_guard lock(mutex);
      told.push_back(name + (labels ? "=" + text(labels) : " is gone"));
    };
    watch = std::make_unique<runtime::NamespaceWatch>(std::move(options), metrics, log);
  }
  ~Fixture() { watch->stop(); }

  static std::string text(const NamespaceBook::Labels& labels) {
    if (!labels) return "unknown";
    std::string all;
    for (const secret::Label& each : *labels) all += each.key + ":" + each.value + ";";
    return all;
  }
  std::string look(const std::string& name, const Keys& keys = kTier) {
    return text(watch->book().look(name, keys).labels);
  }
  bool becomes(const std::string& name, const std::string& labels, const Keys& keys = kTier) {
    return runtime_test::eventually([&] { return look(name, keys) == labels; });
  }
  std::vector<std::string> all_told() {
    const std::lock_guard lock(mutex);
    return told;
  }

  Namespaces api;
  test::ScriptedServer server{[this](const test::ScriptedRequest& request) { return api.handle(request); }};
  test::TemporaryFolder folder;
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::debug, telemetry::LogFormat::json, log_text};
  std::atomic<bool> synced = false;
  std::mutex mutex;
  std::vector<std::string> told;
  std::unique_ptr<runtime::NamespaceWatch> watch;
};

}  // namespace

TEST_CASE("without a policy that selects by labels nothing is asked, and all is ready") {
  Fixture test;
  test.watch->select({});
  test.watch->start();
  CHECK(runtime_test::eventually([&] { return test.synced.load(); }));
  CHECK(test.api.lists == 0);
}

TEST_CASE("a list and then events show the labels that are asked for, and no others") {
  Fixture test;
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "\"k" + std::to_string(i) + "\":\"v\",";
  test.api.put("a", gold(many));
  test.api.put("b", "");
  test.watch->select(kTier);
  test.watch->start();
  REQUIRE(runtime_test::eventually([&] { return test.synced.load(); }));
  CHECK(test.look("a") == "tier:gold;");
  CHECK(test.look("b").empty());
  CHECK(test.look("c") == "unknown");
  test.api.put("c", gold());
  CHECK(test.becomes("c", "tier:gold;"));
  test.api.put("c", R"("tier":"iron","other":"x")");
  CHECK(test.becomes("c", "tier:iron;"));
  test.api.erase("c");
  CHECK(test.becomes("c", "unknown"));
  CHECK(runtime_test::eventually([&] { return test.all_told().back() == "c is gone"; }));
  CHECK(test.api.lists == 1);
}

TEST_CASE("an expired watch lists anew, and what was deleted meanwhile is gone") {
  Fixture test;
  test.api.put("a", gold());
  test.watch->select(kTier);
  test.watch->start();
  REQUIRE(test.becomes("a", "tier:gold;"));
  test.api.erase("a");
  test.api.put("b", gold());
  test.api.expired = true;
  CHECK(test.becomes("b", "tier:gold;"));
  CHECK(test.becomes("a", "unknown"));
}

TEST_CASE("other keys begin anew, and until they are listed what is asked by them may come") {
  Fixture test;
  test.api.put("a", gold("\"env\":\"prod\","));
  test.watch->select(kTier);
  test.watch->start();
  REQUIRE(test.becomes("a", "tier:gold;"));
  CHECK(test.watch->book().look("a", {"env"}).may_come);
  test.watch->select({"env", "tier"});
  CHECK(test.becomes("a", "env:prod;tier:gold;", {"env", "tier"}));
  CHECK(test.becomes("a", "env:prod;tier:gold;", kTier));
  CHECK(test.api.lists == 2);
  test.watch->select({});
  CHECK(runtime_test::eventually([&] { return test.all_told().back() == "a is gone"; }));
}

TEST_CASE("what may not be listed is not waited for, and is logged and counted") {
  Fixture test;
  test.api.refused = true;
  test.watch->select(kTier);
  test.watch->start();
  CHECK(runtime_test::eventually([&] { return !test.watch->book().look("a", kTier).may_come; }));
  CHECK_FALSE(test.synced);
  CHECK(test.metrics.expose().find("secret_hygiene_watch_restarts_total{reason=\"list\"} 0") ==
        std::string::npos);
  bool ready = false;
  test.watch->book().when_known("a", kTier, NamespaceBook::Clock::now() + 1h, [&ready] { ready = true; });
  CHECK(ready);
  test.api.put("a", gold());
  test.api.refused = false;
  CHECK(test.becomes("a", "tier:gold;"));
  test.watch->stop();
  CHECK(test.log_text.str().find("namespaces could not be listed") != std::string::npos);
}

TEST_CASE("who waits for a namespace is woken when it is shown, or when the time is over") {
  Fixture test;
  test.watch->select(kTier);
  test.watch->start();
  REQUIRE(runtime_test::eventually([&] { return test.synced.load(); }));
  std::atomic<bool> shown = false, over = false;
  const auto now = NamespaceBook::Clock::now();
  test.watch->book().when_known("new", kTier, now + 1h, [&] { shown = true; });
  test.watch->book().when_known("never", kTier, now + 1ms, [&] { over = true; });
  CHECK(runtime_test::eventually([&] { return over.load(); }));
  CHECK_FALSE(shown);
  test.api.put("other", gold());
  REQUIRE(test.becomes("other", "tier:gold;"));
  CHECK_FALSE(shown);
  test.api.put("new", gold());
  CHECK(runtime_test::eventually([&] { return shown.load(); }));
}

TEST_CASE("labels that flap are told once a while, a new namespace at once") {
  Fixture test(1h);
  test.api.put("a", gold());
  test.watch->select(kTier);
  test.watch->start();
  REQUIRE(test.becomes("a", "tier:gold;"));
  for (int i = 0; i < 20; ++i) test.api.put("a", i % 2 == 0 ? "\"tier\":\"iron\"" : gold());
  test.api.put("a", "\"tier\":\"last\"");
  REQUIRE(test.becomes("a", "tier:last;"));
  test.api.put("b", gold());
  REQUIRE(test.becomes("b", "tier:gold;"));
  CHECK(test.all_told() == std::vector<std::string>{"a=tier:gold;", "b=tier:gold;"});
}
