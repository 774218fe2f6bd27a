// The relay over loopback sockets: what reaches the API server, what comes back, and how connections end.
#include "proxy/relay.hpp"

#include <chrono>

#include <catch2/catch.hpp>

#include "net/tls_context.hpp"
#include "proxy/api_server.hpp"
#include "proxy/running_proxy.hpp"
#include "support/scripted_server.hpp"
#include "support/test_client.hpp"

using namespace hygiene;
using proxy::Direction;
using proxy::Passage;
using std::chrono::milliseconds;
using test::ApiServer;
using test::ProxyWish;
using test::RunningProxy;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::ScriptedServer;
using test::TestClient;

namespace {

// A time that is to run out.
constexpr milliseconds kSoon{50};

ScriptedAnswer echo(const ScriptedRequest& request) {
  return test::answer(200, request.target);
}

ScriptedAnswer say_nothing(const ScriptedRequest&) {
  ScriptedAnswer nothing;
  nothing.silence = true;
  return nothing;
}

std::string get(std::string_view target, std::string_view more = "", std::string_view host = "proxy.test") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
         std::string(more) + "\r\n";
}

// Makes a tunnel, says goodbye and reads nothing of what still comes.
ScriptedAnswer switch_and_end(const ScriptedRequest&) {
  ScriptedAnswer answer;
  answer.bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n";
  answer.close = answer.deaf = true;
  return answer;
}

// Until the client was told that nothing more comes.
void enter_tunnel(TestClient& client) {
  client.send(get("/exec", "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"));
  REQUIRE(client.receive_answer()->status == 101);
  REQUIRE(client.ends());
}

}  // namespace

TEST_CASE("a list of Secrets goes on with its selectors, all else as it is, and each is counted") {
  ApiServer api(echo);
  RunningProxy running(api.wish());
  TestClient client(running.port());
  client.send(get("/api/v1/secrets?limit=1"));
  CHECK(client.receive_answer()->body ==
        "/api/v1/secrets?labelSelector=%21x&fieldSelector=type%21%3Dy&limit=1");
  client.send(get("/api/v1/configmaps", "X-Odd:  a \r\n"));
  CHECK(client.receive_answer()->body == "/api/v1/configmaps");
  const auto requests = api.server.requests();
  const std::string authority = api.server.url().substr(std::string_view("https://").size());
  CHECK(requests.at(1).head ==
        "GET /api/v1/configmaps HTTP/1.1\r\nHost: " + authority + "\r\nX-Odd:  a \r\n\r\n");
  CHECK(running.recorder.requests(Passage::rewritten) == 1);
  CHECK(running.recorder.requests(Passage::untouched) == 1);
  CHECK(running.recorder.bytes(Direction::to_api_server) ==
        requests[0].head.size() + requests[1].head.size());
}

TEST_CASE("every client has a connection of its own to the API server, and keeps it") {
  ApiServer api(echo);
  RunningProxy running(api.wish());
  TestClient one(running.port());
  TestClient other(running.port());
  for (TestClient* client : {&one, &other, &one}) {
    client->send(get("/a"));
    REQUIRE(client->receive_answer());
  }
  const auto requests = api.server.requests();
  CHECK(requests.at(0).connection == requests.at(2).connection);
  CHECK(requests.at(0).connection != requests.at(1).connection);
}

TEST_CASE("our token is given to a request that has none, where that is asked for") {
  ApiServer api(echo);
  ProxyWish wish = api.wish();
  wish.inject_token = GENERATE(true, false);
  RunningProxy running(wish);
  TestClient client(running.port());
  for (const char* more : {"", "authorization: Bearer theirs\r\n"}) {
    client.send(get("/a", more));
    REQUIRE(client.receive_answer());
  }
  const auto requests = api.server.requests();
  const auto has = [&requests](std::size_t number, const char* token) {
    return requests.at(number).head.find(token) != std::string::npos;
  };
  CHECK(has(0, "\r\nAuthorization: Bearer ours\r\n") == wish.inject_token);
  CHECK(has(1, "theirs"));
  CHECK_FALSE(has(1, "ours"));
}

TEST_CASE("another Host is refused, and nothing of it reaches the API server") {
  ApiServer api(echo);
  RunningProxy running(api.wish());
  TestClient client(running.port());
  client.send(get("/a", "", "evil.test"));
  CHECK(client.receive_answer()->status == 421);
  CHECK(client.ends());
  CHECK(api.server.requests().empty());
  CHECK(running.recorder.requests(Passage::refused) == 1);
}

TEST_CASE("a client has its time for the TLS handshake", "[handshake]") {
  ApiServer api(echo);
  ProxyWish wish = api.wish();
  wish.times.handshake = kSoon;
  net::TlsMaterial material;
  material.certificate_pem = api.identity.certificate_pem();
  material.key_pem = api.identity.key_pem();
  wish.tls = net::TlsContext::make(material).value();
  RunningProxy running(wish);
  TestClient client(running.port());
  CHECK(running.recorder.wait_for_bound(server::Bound::handshake_time));
  CHECK(client.ends());
}

TEST_CASE("a drain ends an idle connection, and no answer under way", "[idle]") {
  ApiServer api(echo);
  RunningProxy running(api.wish());
  TestClient idle(running.port());
  idle.send(get("/a"));
  REQUIRE(idle.receive_answer());
  CHECK(running.drain(std::chrono::minutes(1)));
  CHECK(idle.ends());
}

TEST_CASE("a client that stays after the API server has ended has a second", "[server-has-ended]") {
  ApiServer api([](const ScriptedRequest&) {
    ScriptedAnswer last = test::answer(200, "ok");
    last.close = true;
    return last;
  });
  RunningProxy running(api.wish());
  TestClient client(running.port());
  client.send(get("/a"));
  REQUIRE(client.receive_answer());
  CHECK(client.ends());
  CHECK(running.recorder.wait_for_closed(1));
}

TEST_CASE("a client that stays after it was refused has a second", "[refused]") {
  ApiServer api(echo);
  RunningProxy running(api.wish());
  TestClient client(running.port());
  client.send(get("/a", "", "another.test"));
  REQUIRE(client.receive_answer()->status == 421);
  CHECK(client.ends());
  CHECK(running.recorder.wait_for_closed(1));
}

TEST_CASE("a connection that is cut is over at once, though it waits for an answer", "[over]") {
  ApiServer api(say_nothing);
  RunningProxy running(api.wish());
  TestClient client(running.port());
  client.send(get("/api/v1/secrets?watch=1"));
  REQUIRE(running.recorder.wait_for_watches(1));
  CHECK_FALSE(running.drain(std::chrono::milliseconds(1)));
  CHECK(client.ends());
}

TEST_CASE("a watch is open from its request to its last chunk") {
  ApiServer api([](const ScriptedRequest& request) {
    ScriptedAnswer answer;
    answer.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n";
    if (request.parameter("watch") == "1") answer.silence = true;
    return answer;
  });
  RunningProxy running(api.wish());
  {
    TestClient client(running.port());
    client.send(get("/api/v1/secrets?watch=1"));
    CHECK(running.recorder.wait_for_watches(1));
  }
  // The client went away, and with it the watch.
  CHECK(running.recorder.wait_for_watches(0));
  CHECK(running.recorder.wait_for_closed(1));
}

TEST_CASE("an API server that is not trusted, or does not answer, is a 502 that says so", "[dialling]") {
  ApiServer api(echo);
  ScriptedServer silent(say_nothing);
  const bool trusted = GENERATE(true, false);
  ProxyWish wish = api.wish();
  wish.times.dial = kSoon;
  // A server in plain TCP never answers a handshake.
  if (trusted) wish.api_server = "https" + silent.url().substr(4);
  if (!trusted) wish.ca_pem = ApiServer::make().certificate_pem(), wish.times.dial = milliseconds(10'000);
  RunningProxy running(wish);
  TestClient client(running.port());
  client.send(get("/a"));
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->status == 502);
  const char* const why = trusted ? "did not answer in time" : "is not trusted";
  CHECK_THAT(answer->body, Catch::Contains(why));
  CHECK_THAT(running.recorder.upstream_failure(), Catch::Contains(why));
}

TEST_CASE("a client that says nothing, or half a head, is not waited for longer than its time",
          "[first-head][half-a-head]") {
  ApiServer api(echo);
  ProxyWish wish = api.wish();
  const bool begun = GENERATE(true, false);
  (begun ? wish.times.head : wish.times.first_request) = kSoon;
  RunningProxy running(wish);
  TestClient client(running.port());
  if (begun) client.send("GET /a HTTP/1.1\r\n");
  CHECK(running.recorder.wait_for_bound(begun ? server::Bound::header_time : server::Bound::idle_time));
  CHECK(client.ends());
}

TEST_CASE(
    "an API server that is silent to a client which has said all is not waited for longer than its time",
    "[client-has-ended]") {
  // Before its answer, and within it.
  const std::string part = GENERATE(as<std::string>(), "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  ApiServer api([part](const ScriptedRequest&) {
    ScriptedAnswer answer;
    answer.bytes = part;
    answer.deaf = true;
    return answer;
  });
  ProxyWish wish = api.wish();
  wish.times.half_closed = kSoon;
  RunningProxy running(wish);
  TestClient client(running.port());
  client.send(get("/a"));
  if (!part.empty()) REQUIRE(client.receive_answer(true));
  client.half_close();
  CHECK(client.ends());
  CHECK(running.recorder.wait_for_closed(1));
}

TEST_CASE("in a tunnel whose server has said all a silent client is not waited for longer than its time",
          "[tunnel][server-has-ended]") {
  ApiServer api(switch_and_end);
  ProxyWish wish = api.wish();
  wish.times.half_closed = kSoon;
  RunningProxy running(wish);
  TestClient client(running.port());
  enter_tunnel(client);
  CHECK(running.recorder.wait_for_closed(1));
}

TEST_CASE("in a tunnel whose server has said all the client's time begins anew with all that it says") {
  ApiServer api(switch_and_end);
  RunningProxy running(api.wish());
  TestClient client(running.port());
  enter_tunnel(client);
  const std::size_t before = running.recorder.bytes(Direction::to_api_server);
  const auto silent_since = server::Connection::Clock::now();
  client.send("more");
  REQUIRE(running.recorder.wait_for_bytes(Direction::to_api_server, before + 4));
  running.enforce_deadline(silent_since + proxy::RelayTimes().half_closed);
  client.send("and more");
  CHECK(running.recorder.wait_for_bytes(Direction::to_api_server, before + 12));
}

TEST_CASE(
    "where all places are taken, an idle connection makes room for a new one, and an open watch does not") {
  ApiServer api([](const ScriptedRequest& request) {
    return request.target.find("watch") == std::string::npos ? echo(request) : say_nothing(request);
  });
  ProxyWish wish = api.wish();
  wish.connections_max = 2;
  RunningProxy running(wish);
  TestClient watching(running.port());
  watching.send(get("/api/v1/secrets?watch=1"));
  REQUIRE(running.recorder.wait_for_watches(1));
  TestClient idle(running.port());
  idle.send(get("/version"));
  REQUIRE(idle.receive_answer());
  TestClient next(running.port());
  next.send(get("/version"));
  CHECK(next.receive_answer());
  CHECK(idle.ends());
  next.send(get("/api/v1/secrets?watch=1"));
  REQUIRE(running.recorder.wait_for_watches(2));
  TestClient refused(running.port());
  CHECK(refused.ends());
}
