#include "runtime/proxy/selector_check.hpp"

#include <atomic>
#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "support/kubeconfig_of.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using test::ScriptedRequest;

namespace {

std::string status(int code, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":)" + std::to_string(code) +
         R"(,"message":")" + message + "\"}";
}

Result<void> check(const test::ScriptedServer& server,
                   std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
  const test::KubeconfigOf kubeconfig(server);
  cluster::ClientConfigOptions access;
  access.kubeconfig = kubeconfig.path();
  return runtime::check_selectors(access, {"!x", "type!=y"}, timeout);
}

}  // namespace

TEST_CASE("selectors that the API server takes cost one request for one Secret") {
  std::atomic<int> asked{0};
  const test::ScriptedServer server([&](const ScriptedRequest& request) {
    ++asked;
    CHECK(request.target.starts_with("/api/v1/secrets?"));
    CHECK(request.parameter("labelSelector") == "!x");
    CHECK(request.parameter("fieldSelector") == "type!=y");
    CHECK(request.parameter("limit") == "1");
    return test::answer(
        200, R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1",)"
             R"("metadata":{"resourceVersion":"7","continue":"more"},"items":[{"metadata":{"name":"a"}}]})");
  });
  CHECK(check(server).has_value());
  CHECK(asked == 1);
}

TEST_CASE("a selector that the API server refuses is invalid, in its words") {
  const test::ScriptedServer server(
      [](const ScriptedRequest&) { return test::answer(400, status(400, "unable to parse requirement")); });
  const auto checked = check(server);
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().code() == Errc::invalid);
  CHECK_THAT(checked.error().message(), Catch::Contains("unable to parse requirement"));
}

TEST_CASE("an API server that cannot be asked says nothing of the selectors") {
  int code = 0;
  SECTION("no right to list") {
    code = 403;
  }
  SECTION("no valid token") {
    code = 401;
  }
  SECTION("an API server that starts") {
    code = 503;
  }
  const test::ScriptedServer server(
      [code](const ScriptedRequest&) { return test::answer(code, status(code, "no")); });
  const auto checked = check(server);
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().code() != Errc::invalid);
}

TEST_CASE("an API server that is silent is asked no longer than the timeout") {
  const test::ScriptedServer server([](const ScriptedRequest&) {
    test::ScriptedAnswer answer;
    answer.silence = true;
    return answer;
  });
  CHECK_FALSE(check(server, std::chrono::milliseconds(50)).has_value());
}
