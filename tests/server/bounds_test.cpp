// Every bound of the server, from both sides.
#include <algorithm>
#include <cstdio>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "server/request_parser.hpp"
#include "server/running_server.hpp"
#include "support/test_client.hpp"

namespace hygiene::test {

using server::Bound;
using server::Bounds;

namespace {

constexpr std::chrono::milliseconds kShort{150};

// A request whose header has exactly `bytes`.
std::string request_with_header_of(std::size_t bytes) {
  const std::string front = "GET /echo HTTP/1.1\r\nHost: t\r\nX-Pad: ";
  const std::string back = "\r\n\r\n";
  return front + std::string(bytes - front.size() - back.size(), 'x') + back;
}

std::string chunked_post(std::size_t chunks, std::size_t bytes_each) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes_each);
  std::string request = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t i = 0; i < chunks; ++i) request += size + std::string(bytes_each, 'x') + "\r\n";
  return request + "0\r\n\r\n";
}

}  // namespace

TEST_CASE("every bound has a name of its own") {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < hygiene::server::kBounds; ++i) {
    const auto name = to_string(static_cast<Bound>(i));
    CHECK(name != "unknown");
    CHECK(std::find(names.begin(), names.end(), name) == names.end());
    names.push_back(name);
  }
}

TEST_CASE("a header up to its bound is served, one byte more is 431, whole or in pieces") {
  Bounds bounds;
  bounds.header_bytes_max = 1000;
  for (const std::size_t piece : {std::size_t{5000}, std::size_t{7}}) {
    for (const std::size_t bytes : {std::size_t{1000}, std::size_t{1001}, std::size_t{2000}}) {
      INFO(bytes << " bytes in pieces of " << piece);
      RunningServer server(bounds);
      TestClient client(server.port());
      const std::string request = request_with_header_of(bytes);
      for (std::size_t at = 0; at < request.size(); at += piece) client.send(request.substr(at, piece));
      const auto answer = client.receive_answer();
      REQUIRE(answer);
      CHECK(answer->status == (bytes <= 1000 ? 200 : 431));
      CHECK(server.observer.count(Bound::header) == (bytes <= 1000 ? 0 : 1));
    }
  }
}

TEST_CASE("a header that comes in many short lines is refused at its bound, not at its end") {
  hygiene::server::RequestParser parser(1000, 1000);
  std::string input = "GET /echo HTTP/1.1\r\n";
  while (input.size() < 1000) {
    REQUIRE(parser.put(input).parsed == hygiene::server::Parsed::need_more);
    input += "X: y\r\n";
  }
  CHECK(parser.put(input).parsed == hygiene::server::Parsed::header_too_large);
}

TEST_CASE("a header that fills the read buffer is refused where the buffer is the smaller") {
  Bounds bounds;
  bounds.read_buffer_bytes = 512;
  RunningServer server(bounds);
  TestClient client(server.port());
  client.send(request_with_header_of(600));
  CHECK(client.receive_answer()->status == 431);
}

TEST_CASE("a body up to its bound is served, one byte more is 413 before it is sent") {
  Bounds bounds;
  bounds.body_bytes_max = 1000;
  RunningServer server(bounds);
  TestClient client(server.port());
  REQUIRE(client.send(post("/echo", std::string(1000, 'x'))));
  CHECK(client.receive_answer()->status == 200);
  CHECK(server.observer.count(Bound::body) == 0);
  REQUIRE(client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n"));
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK_THAT(answer->head, Catch::Contains("Connection: close") && !Catch::Contains("Retry-After"));
  client.half_close();
  CHECK(client.ends());
  CHECK(server.observer.count(Bound::body) == 1);
}

TEST_CASE("a client that sends a body over the bound to its end still sees the 413") {
  RunningServer server;
  TestClient client(server.port());
  CHECK(client.send(post("/echo", std::string(21 * 1024 * 1024, 'x'))));
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
}

TEST_CASE("a chunked body is held to the bound as it grows") {
  Bounds bounds;
  bounds.body_bytes_max = 1000;
  RunningServer server(bounds);
  TestClient client(server.port());
  REQUIRE(client.send(chunked_post(10, 100)));
  CHECK(client.receive_answer()->status == 200);
  client.send(chunked_post(11, 91));
  CHECK(client.receive_answer()->status == 413);
  CHECK(server.observer.count(Bound::body) == 1);
  CHECK(server.service.wait_for_abandoned(1));
}

TEST_CASE("a line between chunks that does not end is refused once it fills the read buffer") {
  Bounds bounds;
  bounds.read_buffer_bytes = 1024;
  RunningServer server(bounds);
  TestClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'x'));
  CHECK(client.receive_answer()->status == 400);
}

TEST_CASE("a process out of descriptors accepts again once it has some") {
  RunningServer server;
  TestClient first(server.port());
  REQUIRE(first.send(post("/echo", "hello")));
  REQUIRE(first.receive_answer());
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = dup(0);  // the lowest free descriptor
  close(next);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;  // one for the client, none for the server
  REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  TestClient second(server.port());
  const bool told = server.observer.wait_for_failure("descriptors");
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(told);
  REQUIRE(second.send(post("/echo", "hello")));
  CHECK(second.receive_answer());
}

TEST_CASE("a header that does not end in time ends the connection") {
  Bounds bounds;
  bounds.header_timeout = kShort;
  RunningServer server(bounds);
  TestClient client(server.port());
  REQUIRE(client.send("POST /echo HTTP/1.1\r\nX-Slow: "));
  CHECK(client.ends());
  CHECK(server.observer.wait_for_bound(Bound::header_time));
  CHECK(server.observer.count(Bound::idle_time) == 0);
}

TEST_CASE(
    "a body that does not end in time ends the connection, by the server's bound or by the client's own") {
  Bounds bounds;
  for (const char* target : {"/echo", "/within"}) {
    INFO(target);
    bounds.request_timeout = std::string(target) == "/within" ? std::chrono::milliseconds(60'000) : kShort;
    RunningServer server(bounds);
    TestClient client(server.port());
    const std::string request = post(target, "hello");
    REQUIRE(client.send(request.substr(0, request.size() - 1)));
    CHECK(client.ends());
    CHECK(server.observer.wait_for_bound(Bound::request_time));
    CHECK(server.service.wait_for_abandoned(1));
  }
}

TEST_CASE("a client that does not read its answer loses its connection") {
  Bounds bounds;
  bounds.write_timeout = kShort;
  RunningServer server(bounds);
  TestClient client(server.port());
  client.shrink_receive_buffer();
  REQUIRE(client.send(post("/huge", "")));
  CHECK(server.observer.wait_for_bound(Bound::write_time));
  CHECK(server.observer.wait_for_closed(1));
}

TEST_CASE("an idle connection ends silently after its time, before a first request and after one") {
  Bounds bounds;
  bounds.idle_timeout = kShort;
  RunningServer server(bounds);
  TestClient fresh(server.port());
  CHECK(fresh.ends());
  CHECK(server.observer.wait_for_bound(Bound::idle_time, 1));
  TestClient used(server.port());
  REQUIRE(used.send(post("/echo", "hello")));
  CHECK(used.receive_answer());
  CHECK(used.ends());
  CHECK(server.observer.wait_for_bound(Bound::idle_time, 2));
}

TEST_CASE("a request that keeps much waits for a slot without reading, and goes on when one is free") {
  Bounds bounds;
  bounds.small_kept_bytes = 1000;
  bounds.large_slots_per_worker = 1;
  RunningServer server(bounds);
  const std::string body(100'000, 'x');
  const std::string request = post("/keep", body);
  const std::size_t head = request.size() - body.size();
  TestClient holder(server.port());
  REQUIRE(holder.send(request.substr(0, head + 1001)));
  REQUIRE(server.service.wait_for_fed(1001));
  CHECK(server.observer.count(Bound::kept_bytes) == 0);
  TestClient waiter(server.port());
  REQUIRE(waiter.send(request));
  REQUIRE(server.observer.wait_for_bound(Bound::kept_bytes));
  SECTION("the holder's request ends") {
    REQUIRE(holder.send(request.substr(head + 1001)));
    CHECK(holder.receive_answer()->body == body);
    CHECK(waiter.receive_answer()->body == body);
  }
  SECTION("the holder goes away") {
    holder.half_close();
    CHECK(waiter.receive_answer()->body == body);
  }
  CHECK(server.observer.count(Bound::kept_bytes) == 1);
  TestClient next(server.port());
  REQUIRE(next.send(request));
  CHECK(next.receive_answer()->body == body);
  CHECK(server.observer.count(Bound::kept_bytes) == 1);
}

TEST_CASE("a request is fed by pieces, so that it keeps little more than a small one before it has a slot") {
  Bounds bounds;
  bounds.small_kept_bytes = 1000;
  bounds.large_slots_per_worker = 1;
  RunningServer server(bounds);
  const std::string body(60'000, 'x');
  const std::string request = post("/keep", body);
  TestClient holder(server.port());
  REQUIRE(holder.send(request.substr(0, request.size() - 1)));
  REQUIRE(server.service.wait_for_fed(body.size() - 1));
  TestClient waiter(server.port());
  REQUIRE(waiter.send(request));
  REQUIRE(server.observer.wait_for_bound(Bound::kept_bytes));
  CHECK(server.service.fed() <= body.size() - 1 + 8 * 1024);
  REQUIRE(holder.send("x"));
  CHECK(holder.receive_answer()->body == body);
  CHECK(waiter.receive_answer()->body == body);
}

TEST_CASE("a request that keeps no more than a small one needs no slot") {
  Bounds bounds;
  bounds.small_kept_bytes = 1000;
  bounds.large_slots_per_worker = 0;
  RunningServer server(bounds);
  TestClient client(server.port());
  const std::string request = post("/keep", std::string(1001, 'x'));
  REQUIRE(client.send(request.substr(0, request.size() - 1)));
  REQUIRE(server.service.wait_for_fed(1000));
  REQUIRE(client.send("x"));
  CHECK(client.receive_answer());
  CHECK(server.observer.count(Bound::kept_bytes) == 0);
}

TEST_CASE("the wait for a slot ends at the request's deadline") {
  Bounds bounds;
  bounds.small_kept_bytes = 1000;
  bounds.large_slots_per_worker = 0;
  bounds.request_timeout = kShort;
  RunningServer server(bounds);
  TestClient client(server.port());
  const std::string request = post("/keep", std::string(2000, 'x'));
  REQUIRE(client.send(request.substr(0, request.size() - 1)));
  CHECK(client.ends());
  CHECK(server.observer.wait_for_bound(Bound::kept_bytes));
  CHECK(server.observer.wait_for_bound(Bound::request_time));
  CHECK(server.service.wait_for_abandoned(1));
}

}  // namespace hygiene::test
