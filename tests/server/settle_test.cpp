// Answers that wait for another thread.
#include <future>

#include <catch2/catch.hpp>

#include "server/running_server.hpp"
#include "support/test_client.hpp"

using hygiene::server::Bound;
using hygiene::server::Bounds;
using hygiene::test::post;
using hygiene::test::RunningServer;
using hygiene::test::TestClient;

TEST_CASE("an answer that must settle waits for it, and other connections of the worker do not") {
  RunningServer server;
  TestClient waiting(server.port());
  REQUIRE(waiting.send(post("/settle", "first")));
  REQUIRE(server.service.wait_for_settling(1));
  TestClient other(server.port());
  REQUIRE(other.send(post("/echo", "hello")));
  REQUIRE(other.receive_answer());
  server.service.settle_all();
  const auto answer = waiting.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == "first");
}

TEST_CASE("a connection settles one request after the other, pipelined too") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/settle", "one") + post("/settle", "two") + post("/echo", "three")));
  int settled = 0;
  for (const char* expected : {"one", "two", "three"}) {
    if (settled < 2) {
      REQUIRE(server.service.wait_for_settling(++settled));
      server.service.settle_all();
    }
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->body == expected);
  }
}

TEST_CASE("a request that does not settle before its deadline is abandoned, and its late word is ignored") {
  Bounds bounds;
  bounds.request_timeout = std::chrono::milliseconds(150);
  RunningServer server(bounds);
  TestClient client(server.port());
  REQUIRE(client.send(post("/settle", "late")));
  REQUIRE(server.observer.wait_for_bound(Bound::request_time));
  CHECK(client.ends());
  CHECK(server.service.wait_for_abandoned(1));
  REQUIRE(server.observer.wait_for_closed(1));
  server.service.settle_all();
  TestClient next(server.port());
  REQUIRE(next.send(post("/echo", "hello")));
  CHECK(next.receive_answer());
}

TEST_CASE("a request that is settled within a drain is answered, one that is not is cut off") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/settle", "hello")));
  REQUIRE(server.service.wait_for_settling(1));
  auto drained =
      std::async(std::launch::async, [&] { return server->drain(std::chrono::milliseconds(60'000)); });
  server.service.settle_all();
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == "hello");
  CHECK(drained.get());

  RunningServer stuck;
  TestClient unlucky(stuck.port());
  REQUIRE(unlucky.send(post("/settle", "hello")));
  REQUIRE(stuck.service.wait_for_settling(1));
  CHECK_FALSE(stuck->drain(std::chrono::milliseconds(100)));
  CHECK(unlucky.ends());
  CHECK(stuck.service.wait_for_abandoned(1));
}
