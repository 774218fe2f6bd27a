#include <catch2/catch.hpp>

#include "cluster/api_fixture.hpp"

namespace hygiene::test {

using cluster::PatchKind;
using std::chrono::milliseconds;

namespace {

// One request of each verb.
Result<base::WipingText> ask(Running& running, const std::string& verb) {
  cluster::ApiClient& client = *running.client;
  if (verb == "get") return running.run(client.get(secret("a")));
  if (verb == "create") return running.run(client.create(secret(""), "{}"));
  if (verb == "patch") return running.run(client.patch(secret("a"), PatchKind::json, "[]"));
  if (verb == "update") return running.run(client.replace(secret("a"), "{}"));
  if (verb == "delete") return running.run(client.remove(secret("a"), ""));
  Gathering pages;
  cluster::ListRequest request;
  request.resource = secret("");
  const auto ended = running.run(client.list(request, pages));
  if (!ended) return ended.error();
  return base::WipingText();
}

}  // namespace

TEST_CASE("each kind of patch has its media type and our field manager; only server-side apply is forced") {
  struct Case {
    PatchKind kind;
    const char* media_type;
    const char* query;
  };
  const Case row = GENERATE(
      Case{PatchKind::json, "application/json-patch+json", "?fieldManager=secret-hygiene"},
      Case{PatchKind::merge, "application/merge-patch+json", "?fieldManager=secret-hygiene"},
      Case{PatchKind::apply, "application/apply-patch+yaml", "?fieldManager=secret-hygiene&force=true"});
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, R"({"kind":"Secret"})"); });
  Running running(access_to(server));
  const auto got = running.run(running.client->patch(secret("a"), row.kind, "the patch"));
  REQUIRE(got.has_value());
  CHECK(got->view() == R"({"kind":"Secret"})");
  const auto seen = server.requests().front();
  CHECK(seen.method == "PATCH");
  CHECK(seen.target == "/api/v1/namespaces/apps/secrets/a" + std::string(row.query));
  CHECK(seen.body == "the patch");
  CHECK_THAT(seen.head, Catch::Contains("Content-Type: " + std::string(row.media_type) + "\r\n"));
}

TEST_CASE("a patch may be answered with metadata alone") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); });
  Running running(access_to(server));
  const auto accepted = [&](cluster::Form form) {
    const auto got = running.run(running.client->patch(secret("a"), PatchKind::merge, "{}", form));
    REQUIRE(got.has_value());
    return server.requests().back().head;
  };
  CHECK_THAT(accepted(cluster::Form::whole), Catch::Contains("Accept: application/json\r\n"));
  CHECK_THAT(accepted(cluster::Form::metadata),
             Catch::Contains("Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1\r\n"));
}

TEST_CASE("an object is created in its collection, and deleted with what the caller demands of it") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(201, "{}"); });
  cluster::ClientConfig access = access_to(server);
  access.base_path = "/k8s/clusters/c-1";
  Running running(std::move(access));
  REQUIRE(running.run(running.client->create(secret(""), R"({"a":1})")).has_value());
  const std::string options = R"({"preconditions":{"uid":"u","resourceVersion":"7"}})";
  REQUIRE(running.run(running.client->remove(secret("a"), options)).has_value());
  REQUIRE(running.run(running.client->remove(secret("a"), "")).has_value());
  const auto seen = server.requests();
  CHECK(seen[0].method == "POST");
  CHECK(seen[0].target == "/k8s/clusters/c-1/api/v1/namespaces/apps/secrets");
  CHECK(seen[0].body == R"({"a":1})");
  CHECK_THAT(seen[0].head, Catch::Contains("Content-Type: application/json\r\n"));
  CHECK(seen[1].method == "DELETE");
  CHECK(seen[1].target == "/k8s/clusters/c-1/api/v1/namespaces/apps/secrets/a");
  CHECK(seen[1].body == options);
  CHECK_THAT(seen[1].head, Catch::Contains("Content-Type: application/json\r\n"));
  CHECK(seen[2].body.empty());
  CHECK_THAT(seen[2].head, !Catch::Contains("Content-Type"));
}

TEST_CASE("what RBAC lacks is named by verb and resource, for each verb") {
  const std::string verb = GENERATE("get", "create", "patch", "update", "delete", "list");
  ScriptedServer server([](const ScriptedRequest&) { return status_answer(403, "Forbidden", "no"); });
  Running running(access_to(server));
  const auto got = ask(running, verb);
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::denied);
  CHECK_THAT(got.error().message(), Catch::Contains("must allow the verb \"" + verb + "\" on \"secrets\""));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a read is sent again after 500 and 502 to 504, a write only where it was put off with 429") {
  const std::string verb = GENERATE("get", "list", "create", "patch", "update", "delete");
  const int status = GENERATE(429, 500, 502, 503, 504, 501, 409, 422);
  INFO(verb << ' ' << status);
  ScriptedServer server([&](const ScriptedRequest&) { return status_answer(status, "Reason", "words"); });
  Running running(access_to(server));
  const auto got = ask(running, verb);
  REQUIRE(got.has_error());
  CHECK_THAT(got.error().message(), Catch::Contains(std::to_string(status) + " Reason: words"));
  const bool read = verb == "get" || verb == "list";
  const bool again = status == 429 || (read && status >= 500 && status != 501);
  CHECK(server.requests().size() == (again ? 3 : 1));
}

TEST_CASE(
    "a Retry-After beyond what is waited for is given up at once; one that is unreadable or absent is not") {
  const auto [header, requests] = GENERATE(table<std::string, std::size_t>(
      {{"Retry-After: 1\r\n", 1}, {"Retry-After: 0\r\n", 3}, {"Retry-After: soon\r\n", 3}, {"", 3}}));
  ScriptedServer server(
      [&](const ScriptedRequest&) { return status_answer(429, "TooManyRequests", "", header); });
  cluster::ApiOptions options = test::quick_options();
  options.retry.asked_max = milliseconds(999);
  Running running(access_to(server), options);
  const auto got = ask(running, "patch");
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::limit);
  CHECK(server.requests().size() == requests);
}

TEST_CASE("each attempt is told with its URL, status and time, and nothing that was sent") {
  int calls = 0;
  ScriptedServer server([&](const ScriptedRequest& request) {
    if (++calls == 1) return status_answer(503, "ServiceUnavailable", "");
    return answer(200, request.method == "GET" ? R"({"metadata":{},"items":[]})" : "{}");
  });
  std::vector<std::string> told;
  cluster::ApiOptions options = test::quick_options();
  options.attempted = [&told](const cluster::Attempt& attempt) {
    CHECK(attempt.took >= milliseconds(0));
    CHECK(attempt.took < milliseconds(5000));
    told.push_back(std::string(attempt.verb) + ' ' + std::string(attempt.method) + ' ' + attempt.url + ' ' +
                   std::to_string(attempt.status));
  };
  Running running(access_to(server), options);
  CHECK(ask(running, "list").has_value());
  CHECK(ask(running, "patch").has_value());
  const std::string at = server.url() + "/api/v1/namespaces/apps/secrets";
  REQUIRE(told.size() == 3);
  CHECK_THAT(told[0], Catch::StartsWith("list GET " + at + "?limit=") && Catch::EndsWith(" 503"));
  CHECK_THAT(told[1], Catch::StartsWith("list GET " + at + "?limit=") && Catch::EndsWith(" 200"));
  CHECK_THAT(told[2], Catch::StartsWith("patch PATCH " + at + '/') && Catch::EndsWith(" 200"));
}

TEST_CASE("a Retry-After of a second is waited for") {
  int calls = 0;
  ScriptedServer server([&](const ScriptedRequest&) {
    return ++calls == 1 ? status_answer(429, "TooManyRequests", "", "Retry-After: 1\r\n") : answer(200, "{}");
  });
  Running running(access_to(server));
  const auto began = std::chrono::steady_clock::now();
  CHECK(ask(running, "patch").has_value());
  CHECK(calls == 2);
  // A lower bound: no machine is too slow for it.
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::seconds(1));
}

TEST_CASE("a write whose connection is lost is not sent again, and says so; a read on a kept connection is") {
  const std::string verb = GENERATE("get", "list", "create", "patch", "update", "delete");
  const bool read = verb == "get" || verb == "list";
  INFO(verb);
  bool lose = false;
  ScriptedServer server([&](const ScriptedRequest&) {
    test::ScriptedAnswer out = answer(200, R"({"metadata":{},"items":[]})");
    if (lose) out = test::ScriptedAnswer();
    out.close = lose;
    lose = false;
    return out;
  });
  Running running(access_to(server));
  REQUIRE(ask(running, "get").has_value());
  lose = true;
  const auto got = ask(running, verb);
  CHECK(got.has_value() == read);
  CHECK(server.requests().size() == (read ? 3 : 2));
  if (read) return;
  CHECK(got.error().code() == Errc::io);
  CHECK_THAT(got.error().message(), Catch::StartsWith("the test: cannot receive"));
}

TEST_CASE("a request and a page of a list have deadlines that expire, and the error names the server") {
  // A server for each answer: a client that gave up says nothing about whether the answer is still being
  // made.
  const auto check_late = [](ScriptedServer& server, const std::string& verb,
                             const cluster::ApiOptions& options) {
    Running running(access_to(server), options);
    const auto got = ask(running, verb);
    REQUIRE(got.has_error());
    CHECK(got.error().code() == Errc::io);
    CHECK(got.error().message() == "the test: " + server.url() + " did not answer in time");
  };
  // The others are more than ctest lets a test run: none of them can stand in for the one at hand.
  cluster::ApiOptions endless = test::quick_options();
  endless.request_timeout = endless.idle_timeout = endless.page_timeout = std::chrono::hours(24);
  test::ScriptedAnswer stuck;
  stuck.silence = true;
  {
    ScriptedServer server([stuck](const ScriptedRequest&) { return stuck; });
    cluster::ApiOptions options = endless;
    options.request_timeout = milliseconds(100);
    for (const char* verb : {"get", "list", "patch"}) check_late(server, verb, options);
    CHECK(server.requests().size() == 3);  // none was sent again
  }
  stuck.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{";
  {
    ScriptedServer server([stuck](const ScriptedRequest&) { return stuck; });
    cluster::ApiOptions options = endless;
    options.idle_timeout = milliseconds(100);
    check_late(server, "list", options);
  }
  stuck.silence = false;
  stuck.trickle = std::string(1'000'000, ' ');
  stuck.trickle_pause = milliseconds(1);
  ScriptedServer server([stuck](const ScriptedRequest&) { return stuck; });
  cluster::ApiOptions options = endless;
  options.page_timeout = milliseconds(100);
  check_late(server, "list", options);
}

TEST_CASE("where nobody listens, the error names the context and the server") {
  cluster::ClientConfig access;
  {
    ScriptedServer gone([](const ScriptedRequest&) { return answer(200, "{}"); });
    access = access_to(gone);
  }
  const std::string port = std::to_string(access.port);
  Running running(std::move(access));
  CHECK(ask(running, "get").error().message() ==
        "the test: cannot reach http://127.0.0.1:" + port + ": Connection refused");
}

namespace {

// Pauses that outlast the test, and nobody waits for their end.
cluster::ApiOptions given_up() {
  cluster::ApiOptions options;
  options.retry.first_pause = options.retry.pause_max = std::chrono::hours(24);
  options.given_up = [] { return true; };
  return options;
}

}  // namespace

TEST_CASE("what was put off is not sent again once it was given up, and the error says why it was put off") {
  const std::string verb = GENERATE("get", "list", "create", "patch", "update", "delete");
  const bool read = verb == "get" || verb == "list";
  const std::string header = GENERATE(as<std::string>(), "", "Retry-After: 60\r\n");
  ScriptedServer server(
      [header](const ScriptedRequest&) { return status_answer(429, "TooManyRequests", "later", header); });
  Running running(access_to(server), given_up());
  const auto got = ask(running, verb);
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::interrupted);
  // A read may have been given up before it was put off.
  if (!read) CHECK_THAT(got.error().message(), Catch::Contains("later; it was not tried again"));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a read under way is given up; a write is not, for its outcome must be known") {
  const std::string verb = GENERATE("get", "list", "create", "patch", "update", "delete");
  const bool read = verb == "get" || verb == "list";
  ScriptedServer server([read](const ScriptedRequest&) {
    test::ScriptedAnswer made;
    made.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    made.silence = read;
    // Slower than it is asked whether anybody waits.
    if (!read) made.trickle = "{   }", made.trickle_pause = net::kGivenUpAsked;
    return made;
  });
  Running running(access_to(server), given_up());
  const auto got = ask(running, verb);
  REQUIRE(got.has_value() == !read);
  if (read) CHECK(got.error().code() == Errc::interrupted);
}

TEST_CASE("a dry run, a path that is no object, and any text of a pod") {
  ScriptedServer server([](const ScriptedRequest& request) {
    if (request.target.ends_with("/metrics")) return answer(200, "up 1\n");
    return answer(200, "{\"major\":\"1\"}");
  });
  Running running(access_to(server));
  auto& client = *running.client;
  const cluster::Resource metrics{
      .plural = "pods", .namespace_name = "apps", .name = "a:9090", .subresource = "proxy/metrics"};
  CHECK(running.run(client.get({.raw_path = "/version"})).has_value());
  CHECK(running.run(client.create(secret(""), "{}", cluster::Persistence::dry_run)).has_value());
  CHECK(running.run(client.create(secret(""), "{}")).has_value());
  CHECK(running.run(client.get_text(metrics)).value().view() == "up 1\n");
  std::vector<std::string> targets;
  for (const ScriptedRequest& request : server.requests()) targets.push_back(request.target);
  CHECK(targets == std::vector<std::string>{"/version", "/api/v1/namespaces/apps/secrets?dryRun=All",
                                            "/api/v1/namespaces/apps/secrets",
                                            "/api/v1/namespaces/apps/pods/a%3A9090/proxy/metrics"});
  CHECK(metrics.rbac_name() == "pods/proxy");
  CHECK(metrics.description() == "pods/proxy \"a:9090\" in namespace \"apps\"");
  CHECK(cluster::Resource{.raw_path = "/version"}.description() == "/version");
}

TEST_CASE("the clock of the API server is that of its last answer") {
  std::string date;
  ScriptedServer server([&date](const ScriptedRequest&) {
    ScriptedAnswer made;
    made.bytes = "HTTP/1.1 200 OK\r\n" + date + "Content-Length: 2\r\n\r\n{}";
    return made;
  });
  Running running(access_to(server));
  CHECK(running.run(running.client->get(secret("a"))).has_value());
  CHECK_FALSE(running.client->clock_ahead());
  date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  CHECK(running.run(running.client->get(secret("a"))).has_value());
  REQUIRE(running.client->clock_ahead());
  CHECK(*running.client->clock_ahead() < -std::chrono::years(30));
}

}  // namespace hygiene::test
