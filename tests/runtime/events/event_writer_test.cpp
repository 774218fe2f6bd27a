// The writer of Events against an API server in memory, which refuses, forgets and goes away.
#include "runtime/events/event_writer.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "runtime/counting/effect_runner_fixture.hpp"
#include "support/fake_cluster.hpp"

using namespace hygiene;
using runtime_test::eventually;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::status_answer;

namespace {

struct Writer {
  test::FakeCluster api;
  std::mutex mutex;
  std::function<std::optional<ScriptedAnswer>(const ScriptedRequest&)> refuse;
  std::vector<std::string> asked;  // "POST /api/v1/…"
  test::ScriptedServer server{[this](const ScriptedRequest& request) {
    const std::lock_guard lock(mutex);
    asked.push_back(request.method + ' ' + request.target);
    if (refuse) {
      if (auto refusal = refuse(request)) return *refusal;
    }
    return api.handle(request);
  }};
  test::TemporaryFolder folder;
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::debug, telemetry::LogFormat::json, log_text};
  policy::Policy policy;
  std::atomic<int> named = 0;
  runtime::EventWriter writer{options(), metrics, log};

  runtime::EventWriterOptions options() {
    folder.write("config", "current-context: t\nclusters: [{name: c, cluster: {server: '" + server.url() +
                               "'}}]\ncontexts: [{name: t, context: {cluster: c}}]\n");
    policy.name = "p";
    runtime::EventWriterOptions made;
    made.access.kubeconfig = (folder.path() / "config").string();
    made.api = runtime_test::quick_api();
    made.pace = {std::chrono::milliseconds(1), std::chrono::milliseconds(1), std::chrono::hours(1)};
    made.replica = "pod";
    made.new_name = [this] { return "e" + std::to_string(++named); };
    return made;
  }
  void reject(std::string_view in = "team") {
    runtime::Rejection rejection;
    rejection.time = std::chrono::system_clock::now();
    rejection.namespace_name = in;
    rejection.name = "s";
    rejection.policy = &policy;
    rejection.limit = policy::LimitKind::keys_per_secret;
    rejection.measured = 2;
    rejection.allowed = 1;
    writer.add(rejection);
  }
  double counted(std::string_view result) { return metrics.events(result).Value(); }
  // The Event's count once it is this; whatever it is in the end else.
  bool holds(const std::string& name, int count) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      const std::string path = "/api/v1/namespaces/team/events/" + name;
      return api.has(path) && api.at(path)["count"].GetInt() == count;
    });
  }
  void refuse_all(std::optional<ScriptedAnswer> answer) {
    const std::lock_guard lock(mutex);
    refuse = [answer](const ScriptedRequest&) { return answer; };
  }
};

}  // namespace

TEST_CASE("a rejection that repeats is made once, and then given another count") {
  Writer f;
  f.writer.start();
  f.reject();
  REQUIRE(f.holds("e1", 1));
  f.reject();
  f.reject();
  REQUIRE(f.holds("e1", 3));
  // The API server has it before its answer is here.
  CHECK(eventually([&] {
    const std::lock_guard lock(f.mutex);
    return f.counted("written") == static_cast<double>(f.asked.size());
  }));
  f.writer.stop();
  CHECK(f.asked.front() == "POST /api/v1/namespaces/team/events");
  CHECK(f.asked.at(1).starts_with("PATCH /api/v1/namespaces/team/events/e1"));
  CHECK(f.counted("failed") == 0);
  CHECK(f.log_text.str().empty());
}

TEST_CASE("an API server that refuses is asked again, counted, and complained of once") {
  for (const auto& [status, reason] :
       {std::pair{403, "Forbidden"}, std::pair{500, "InternalError"}, std::pair{429, "TooManyRequests"},
        std::pair{503, "ServiceUnavailable"}}) {
    INFO(status);
    Writer f;
    f.refuse_all(status_answer(status, reason, "not now"));
    f.writer.start();
    f.reject();
    CHECK(eventually([&] { return f.counted("failed") >= 3; }));
    f.reject();
    {
      const std::lock_guard lock(f.mutex);
      f.refuse = nullptr;
    }
    CHECK(f.holds("e1", 2));
    f.writer.stop();
    const std::string log = f.log_text.str();
    CHECK(std::count(log.begin(), log.end(), '\n') == 1);
    CHECK(log.find("an Event could not be written") != std::string::npos);
  }
}

TEST_CASE("where nobody can be asked nothing ends, and little is kept") {
  Writer f;
  f.folder.write("config", "no kubeconfig");
  f.writer.start();
  for (std::size_t i = 0; i < runtime::EventBook::kKept + 5; ++i) f.reject("n" + std::to_string(i));
  CHECK(f.counted("dropped") == 5);
  CHECK(eventually([&] { return f.counted("failed") >= 2; }));
  f.writer.stop();
  CHECK(f.asked.empty());
}

TEST_CASE("an Event that the API server has forgotten is made anew, and goes on counting") {
  Writer f;
  f.writer.start();
  f.reject();
  REQUIRE(f.holds("e1", 1));
  {
    const std::lock_guard lock(f.mutex);
    f.api.erase("/api/v1/namespaces/team/events/e1");
  }
  f.reject();
  CHECK(f.holds("e1", 2));
  f.writer.stop();
  CHECK(f.counted("failed") == 0);
}

TEST_CASE("an Event whose answer was lost is not made twice") {
  Writer f;
  {
    const std::lock_guard lock(f.mutex);
    f.refuse = [&f, lost = false](const ScriptedRequest& request) mutable -> std::optional<ScriptedAnswer> {
      if (std::exchange(lost, true)) return std::nullopt;
      f.api.handle(request);
      return status_answer(500, "InternalError", "after it was stored");
    };
  }
  f.writer.start();
  f.reject();
  CHECK(eventually([&] { return f.counted("written") == 1; }));
  CHECK(f.holds("e1", 1));
  f.writer.stop();
}

TEST_CASE("a namespace that has gone holds up no other") {
  Writer f;
  {
    const std::lock_guard lock(f.mutex);
    f.refuse = [](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
      if (request.target.find("/gone/") == std::string::npos) return std::nullopt;
      return status_answer(404, "NotFound", "namespaces \"gone\" not found");
    };
  }
  f.reject("gone");
  f.reject("team");
  f.writer.start();
  CHECK(eventually([&] { return f.counted("written") == 1 && f.counted("failed") == 1; }));
  f.writer.stop();
  CHECK(f.asked.size() == 2);
}
