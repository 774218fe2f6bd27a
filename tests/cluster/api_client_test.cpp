#include <catch2/catch.hpp>

#include "cluster/api_fixture.hpp"

namespace hygiene::test {

namespace {

test::Identity server_identity() {
  test::CertificateWish wish;
  wish.names = "DNS:api.test,IP:127.0.0.1";
  return test::make_identity(wish);
}

}  // namespace

TEST_CASE("a request that is put off with 429 is sent again, a bounded number of times") {
  int calls = 0;
  int refusals = 2;
  ScriptedServer server([&](const ScriptedRequest&) {
    return ++calls <= refusals ? status_answer(429, "TooManyRequests", "later", "Retry-After: 0\r\n")
                               : answer(200, "{}");
  });
  Running running(access_to(server));
  CHECK(running.run(running.client->patch(secret("a"), cluster::PatchKind::merge, "{}")).has_value());
  CHECK(calls == 3);
  calls = 0;
  refusals = 3;
  const auto given_up = running.run(running.client->get(secret("a")));
  REQUIRE(given_up.has_error());
  CHECK(given_up.error().code() == Errc::limit);
  CHECK(calls == 3);
}

TEST_CASE("a refusal says what is missing") {
  struct Case {
    int status;
    const char* reason;
    Errc code;
    const char* words;
    const char* said = "its own words";
  };
  const Case row = GENERATE(
      Case{403, "Forbidden", Errc::denied, "must allow the verb \"get\" on \"secrets\": its own words"},
      Case{403, "Forbidden", Errc::denied, "permission is missing to get secrets \"a\" in namespace \"apps\"",
           "secrets \\\"a\\\" is forbidden: User \\\"u\\\" cannot get resource \\\"secrets\\\""},
      Case{403, "Forbidden", Errc::denied, "answered 403 Forbidden: admission webhook \"w\" denied",
           "admission webhook \\\"w\\\" denied the request: no"},
      Case{403, "Forbidden", Errc::denied, "answered 403 Forbidden: secrets \"a\" is forbidden: exceeded",
           "secrets \\\"a\\\" is forbidden: exceeded quota: q"},
      Case{404, "NotFound", Errc::missing, "cannot get secrets \"a\" in namespace \"apps\""},
      Case{409, "AlreadyExists", Errc::duplicate, "409"}, Case{409, "Conflict", Errc::conflict, "409"},
      Case{410, "Expired", Errc::expired, "410"}, Case{422, "Invalid", Errc::invalid, "422"},
      Case{500, "InternalError", Errc::io, "500 InternalError: its own words"});
  ScriptedServer server(
      [&](const ScriptedRequest&) { return status_answer(row.status, row.reason, row.said); });
  Running running(access_to(server));
  const auto got = running.run(running.client->get(secret("a")));
  REQUIRE(got.has_error());
  CHECK(got.error().code() == row.code);
  CHECK_THAT(got.error().message(), Catch::Contains(row.words));
}

TEST_CASE("an expired token is renewed once, over TLS only") {
  const test::Identity identity = server_identity();
  ScriptedServer server(
      [&](const ScriptedRequest& request) {
        return request.head.find("Bearer new") == std::string::npos
                   ? status_answer(401, "Unauthorized", "who?")
                   : answer(200, "{}");
      },
      {identity, nullptr});
  Running running(access_to(server, &identity));
  CHECK(running.run(running.client->get(secret("a"))).has_value());
  CHECK(server.requests().size() == 2);

  ScriptedServer plain([&](const ScriptedRequest&) { return status_answer(401, "Unauthorized", "who?"); });
  Running in_the_clear(access_to(plain));
  const auto got = in_the_clear.run(in_the_clear.client->get(secret("a")));
  REQUIRE(got.has_error());
  CHECK_THAT(got.error().message(), Catch::Contains("log in again"));
  for (const auto& request : plain.requests()) CHECK(request.head.find("Authorization") == std::string::npos);
}

TEST_CASE("a token file that is not there is no object that is not there, and nothing is sent") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); });
  auto access = access_to(server);
  access.credentials = cluster::make_file_credentials(
      {.token = "/nonexistent/token", .certificate = {}, .key = {}}, std::make_shared<cluster::Credential>());
  Running running(std::move(access));
  const auto got = running.run(running.client->get(secret("a")));
  REQUIRE(got.has_error());
  CHECK(got.error().code() == Errc::denied);
  CHECK_THAT(got.error().message(), Catch::StartsWith("the test: /nonexistent/token: "));
  CHECK(server.requests().empty());
}

TEST_CASE("a server is trusted by its CA and its name, else nothing is sent") {
  const test::Identity identity = server_identity();
  const test::Identity other = server_identity();
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); }, {identity, nullptr});
  Running stranger(access_to(server, &other));
  const auto untrusted = stranger.run(stranger.client->get(secret("a")));
  REQUIRE(untrusted.has_error());
  CHECK(untrusted.error().code() == Errc::denied);
  auto misnamed = access_to(server, &identity);
  misnamed.server_name = "other.test";
  Running wrong(std::move(misnamed));
  CHECK(wrong.run(wrong.client->get(secret("a"))).has_error());
  CHECK(server.requests().empty());
  auto named = access_to(server, &identity);
  named.server_name = "api.test";
  Running right(std::move(named));
  CHECK(right.run(right.client->get(secret("a"))).has_value());
}

TEST_CASE("a list goes from page to page, and tells when its place is forgotten") {
  bool forgotten = false;
  ScriptedServer server([&](const ScriptedRequest& request) {
    if (request.target.find("continue=t%2B1") == std::string::npos)
      return test::chunked(200,
                           {R"({"metadata":{"resourceVer)", R"(sion":"7","continue":"t+1"},"items":[]})"});
    return forgotten
               ? status_answer(410, "Expired", "too old")
               : answer(
                     200,
                     R"({"items":[{"metadata":{"resourceVersion":"3"}}],"metadata":{"resourceVersion":"8"}})");
  });
  Running running(access_to(server));
  cluster::ListRequest request;
  request.resource = secret("");
  Gathering pages;
  const auto end = running.run(running.client->list(request, pages));
  REQUIRE(end.has_value());
  CHECK(end->pages == 2);
  CHECK(end->resource_version == "8");
  forgotten = true;
  const auto lost = running.run(running.client->list(request, pages));
  REQUIRE(lost.has_error());
  CHECK(lost.error().code() == Errc::expired);
}

TEST_CASE("a watch hands on whole events, goes on where it ended, and stops where its version is too old") {
  ScriptedServer server([&](const ScriptedRequest& request) {
    if (request.target.find("resourceVersion=5&") != std::string::npos)
      return test::chunked(200, {R"({"type":"ADDED","object":{"metadata":{"resourceVer)",
                                 "sion\":\"6\"}}}\n{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
                                 "\"resourceVersion\":\"9\"}}}\n"});
    return answer(
        200,
        R"({"type":"ERROR","object":{"kind":"Status","reason":"Expired","message":"too old","code":410}})");
  });
  Running running(access_to(server));
  cluster::WatchRequest request;
  request.resource = secret("");
  request.resource_version = "5";
  Gathering events;
  const auto error = running.run(running.client->follow(request, events));
  CHECK(error.code() == Errc::expired);
  CHECK(events.events == "ADDED@6 BOOKMARK@9 ");
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[1].target.find("resourceVersion=9&") != std::string::npos);
  CHECK(server.requests()[0].connection == server.requests()[1].connection);
}

TEST_CASE("a server that says nothing, breaks off or speaks something else is an error in time") {
  const std::string bytes =
      GENERATE("", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "SSH-2.0-x\r\n\r\n");
  ScriptedServer server([&](const ScriptedRequest&) {
    test::ScriptedAnswer out;
    out.bytes = bytes;
    out.close = true;
    return out;
  });
  Running running(access_to(server));
  CHECK(running.run(running.client->get(secret("a"))).has_error());
  CHECK(server.requests().size() == 1);
}

}  // namespace hygiene::test
