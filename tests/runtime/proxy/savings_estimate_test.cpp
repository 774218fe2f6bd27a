#include "runtime/proxy/savings_estimate.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <catch2/catch.hpp>

#include "support/kubeconfig_of.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using test::ScriptedRequest;

namespace {

// Only a failing test ever waits as long.
template <class Condition>
bool eventually(Condition come) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!come()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::string item(const std::string& name, const std::string& annotation) {
  return R"({"metadata":{"namespace":"a","name":")" + name +
         R"(","annotations":{"secret-hygiene.io/bytes":")" + annotation + "\"}}}";
}

std::string page(const std::string& items, const std::string& next) {
  return R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7","continue":")" +
         next + "\"},\"items\":[" + items + "]}";
}

// Two pages of all Secrets; behind the selectors one Secret less on the first, none on the second.
test::ScriptedAnswer list(const ScriptedRequest& request) {
  const bool selected =
      request.parameter("labelSelector") == "!x" && request.parameter("fieldSelector") == "type!=y";
  if (!request.parameter("continue").empty()) return test::answer(200, page(item("c", "400000"), ""));
  return test::answer(
      200, page(item("a", "10") + (selected ? "" : "," + item("b", "3000") + "," + item("u", "none")),
                selected ? "" : "more"));
}

struct Looking {
  explicit Looking(const test::ScriptedServer::Handler& handler) : server(handler) {
    runtime::KeptAwayOptions options;
    options.access.kubeconfig = kubeconfig.path();
    options.selectors = {"!x", "type!=y"};
    options.every = std::chrono::milliseconds(20);
    options.api.retry.attempts_max = 1;
    kept_away.emplace(options, metrics, log);
    kept_away->start();
  }
  bool shows(const std::string& series) { return metrics.expose().find(series + "\n") != std::string::npos; }

  test::ScriptedServer server;
  test::KubeconfigOf kubeconfig{server};
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::error, telemetry::LogFormat::json};
  std::optional<runtime::SavingsEstimate> kept_away;
};

}  // namespace

TEST_CASE("what the selectors keep away is the difference of two lists, by the sizes that are annotated") {
  Looking looking(list);
  CHECK(eventually([&] { return looking.shows("secret_hygiene_proxy_kept_away_bytes 403000"); }));
  // One of them was never measured.
  CHECK(looking.shows("secret_hygiene_proxy_kept_away_secrets 3"));
  for (const ScriptedRequest& request : looking.server.requests()) {
    CHECK_THAT(request.head, Catch::Contains("as=PartialObjectMetadataList"));
  }
}

TEST_CASE("a look that fails leaves what is known, and the next one tries again") {
  std::atomic<int> lists{0};
  Looking looking([&lists](const ScriptedRequest& request) {
    return lists++ < 3 ? test::status_answer(403, "Forbidden", "secrets is forbidden") : list(request);
  });
  CHECK(eventually([&] { return looking.shows("secret_hygiene_proxy_kept_away_bytes 403000"); }));
}

TEST_CASE("it stops while the API server has not answered") {
  Looking looking([](const ScriptedRequest&) {
    test::ScriptedAnswer nothing;
    nothing.silence = true;
    return nothing;
  });
  CHECK(eventually([&] { return !looking.server.requests().empty(); }));
  looking.kept_away.reset();
}
