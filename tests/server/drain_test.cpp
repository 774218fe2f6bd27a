// How a server begins and ends.
#include <future>

#include <catch2/catch.hpp>

#include "server/running_server.hpp"
#include "support/test_client.hpp"

namespace hygiene::test {

using server::Bounds;
using server::Options;
using server::Server;

namespace {

constexpr std::chrono::milliseconds kLong{60'000};

// True once the listening socket is gone: the first worker drains by then.
bool refuses_connections(std::uint16_t port) {
  for (int i = 0; i < 100'000; ++i) {
    try {
      TestClient client(port);
    } catch (const std::runtime_error&) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("an address that cannot be listened on is an error that says which") {
  RunningServer server;
  Options options;
  options.address = "127.0.0.1";
  options.port = server.port();
  const auto taken = Server::listen(options, nullptr, server.service, server.observer);
  REQUIRE(taken.has_error());
  CHECK(taken.error().code() == Errc::io);
  CHECK_THAT(taken.error().message(), Catch::Contains("127.0.0.1 port " + std::to_string(server.port())));
  options.address = "localhost";
  const auto no_address = Server::listen(options, nullptr, server.service, server.observer);
  REQUIRE(no_address.has_error());
  CHECK(no_address.error().code() == Errc::invalid);
}

TEST_CASE("a server that was never started ends") {
  RecordingObserver observer;
  EchoService service;
  Options options;
  options.address = "127.0.0.1";
  auto made = Server::listen(options, nullptr, service, observer);
  REQUIRE(made.has_value());
  CHECK(made.value()->port() != 0);
  CHECK(made.value()->drain(kLong));
}

TEST_CASE("a drain ends idle connections and returns") {
  RunningServer server(Bounds(), nullptr, 2);
  TestClient used(server.port());
  REQUIRE(used.send(post("/echo", "hello")));
  REQUIRE(used.receive_answer());
  CHECK(server->drain(kLong));
  CHECK(used.ends());
  CHECK(server->drain(kLong));
}

TEST_CASE("a request in flight is answered through a drain, with Connection: close") {
  RunningServer server;
  const std::string request = post("/echo", "hello");
  TestClient busy(server.port());
  REQUIRE(busy.send(request.substr(0, request.size() - 1)));
  REQUIRE(server.service.wait_for_fed(4));
  auto drained = std::async(std::launch::async, [&] { return server->drain(kLong); });
  REQUIRE(refuses_connections(server.port()));
  REQUIRE(busy.send("o"));
  const auto answer = busy.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == "hello");
  CHECK_THAT(answer->head, Catch::Contains("Connection: close"));
  CHECK(busy.ends());
  CHECK(drained.get());
}

TEST_CASE("a connection that was opened before a drain still gets its first request answered") {
  RunningServer server;
  TestClient fresh(server.port());
  REQUIRE(server.observer.wait_for_opened(1));
  auto drained = std::async(std::launch::async, [&] { return server->drain(kLong); });
  REQUIRE(refuses_connections(server.port()));
  REQUIRE(fresh.send(post("/echo", "hello")));
  const auto answer = fresh.receive_answer();
  REQUIRE(answer);
  CHECK_THAT(answer->head, Catch::Contains("Connection: close"));
  CHECK(drained.get());
}

TEST_CASE("a connection without any request does not hold up a drain") {
  RunningServer server;
  TestClient silent(server.port());
  REQUIRE(server.observer.wait_for_opened(1));
  CHECK(server->drain(kLong));
  CHECK(silent.ends());
}

TEST_CASE("a request that does not end within the bound is cancelled") {
  Bounds bounds;
  bounds.small_kept_bytes = 1;
  bounds.large_slots_per_worker = 0;
  RunningServer server(bounds);
  const std::string request = post("/echo", "hello");
  TestClient stuck(server.port());
  REQUIRE(stuck.send(request.substr(0, request.size() - 1)));
  TestClient waiting_for_slot(server.port());
  REQUIRE(waiting_for_slot.send(post("/keep", std::string(100'000, 'x'))));
  REQUIRE(server.observer.wait_for_bound(hygiene::server::Bound::kept_bytes));
  REQUIRE(server.service.wait_for_fed(6));
  CHECK_FALSE(server->drain(std::chrono::milliseconds(100)));
  CHECK(stuck.ends());
  CHECK(waiting_for_slot.ends());
  CHECK(server.service.wait_for_abandoned(2));
}

}  // namespace hygiene::test
