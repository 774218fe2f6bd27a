// Answers that wait for another thread.
#include <future>

#include <catch2/catch.hpp>

#include "server/running_server.hpp"
#include "support/test_client.hpp"

namespace hygiene::test {

using server::Bound;
using server::Bounds;

TEST_CASE("an answer that must wait is sent once it is known, and other connections of the worker do not") {
  RunningServer server;
  TestClient waiting(server.port());
  REQUIRE(waiting.send(post("/wait", "first")));
  REQUIRE(server.service.wait_for_waiters(1));
  TestClient other(server.port());
  REQUIRE(other.send(post("/echo", "hello")));
  REQUIRE(other.receive_answer());
  server.service.let_all_go_on();
  const auto answer = waiting.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == "first");
}

TEST_CASE("a connection settles one request after the other, pipelined too") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/wait", "one") + post("/wait", "two") + post("/echo", "three")));
  int gone_on = 0;
  for (const char* expected : {"one", "two", "three"}) {
    if (gone_on < 2) {
      REQUIRE(server.service.wait_for_waiters(++gone_on));
      server.service.let_all_go_on();
    }
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->body == expected);
  }
}

TEST_CASE("what must wait a second time is answered after it") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/wait-twice", "last")));
  for (const int waits : {1, 2}) {
    REQUIRE(server.service.wait_for_waiters(waits));
    server.service.let_all_go_on();
  }
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == "last");
}

TEST_CASE("a request that is not ready before its deadline is abandoned, and its late word is ignored") {
  Bounds bounds;
  bounds.request_timeout = std::chrono::milliseconds(150);
  RunningServer server(bounds);
  TestClient client(server.port());
  REQUIRE(client.send(post("/wait", "late")));
  REQUIRE(server.observer.wait_for_bound(Bound::request_time));
  CHECK(client.ends());
  CHECK(server.service.wait_for_abandoned(1));
  REQUIRE(server.observer.wait_for_closed(1));
  server.service.let_all_go_on();
  TestClient next(server.port());
  REQUIRE(next.send(post("/echo", "hello")));
  CHECK(next.receive_answer());
}

TEST_CASE("a request that is ready within a drain is answered, one that is not is cut off") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/wait", "hello")));
  REQUIRE(server.service.wait_for_waiters(1));
  auto drained =
      std::async(std::launch::async, [&] { return server->drain(std::chrono::milliseconds(60'000)); });
  server.service.let_all_go_on();
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == "hello");
  CHECK(drained.get());

  RunningServer stuck;
  TestClient unlucky(stuck.port());
  REQUIRE(unlucky.send(post("/wait", "hello")));
  REQUIRE(stuck.service.wait_for_waiters(1));
  CHECK_FALSE(stuck->drain(std::chrono::milliseconds(100)));
  CHECK(unlucky.ends());
  CHECK(stuck.service.wait_for_abandoned(1));
}

}  // namespace hygiene::test
