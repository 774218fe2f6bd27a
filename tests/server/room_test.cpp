// What becomes of a new connection when all places are taken: the one that has waited longest for a request
// makes room for it, and never one with a request in flight.
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "server/running_server.hpp"
#include "support/test_client.hpp"

namespace hygiene::test {

using server::Bound;
using server::Bounds;

namespace {

Bounds places(std::size_t count) {
  Bounds bounds;
  bounds.connections_max = count;
  return bounds;
}

std::shared_ptr<const net::TlsContext> tls_context() {
  const test::Identity identity = test::make_identity({});
  net::TlsMaterial material;
  material.certificate_pem = identity.certificate_pem();
  material.key_pem = identity.key_pem();
  return net::TlsContext::make(material).value();
}

// A connection that the server has, and what the test made of it.
struct Peer {
  explicit Peer(RunningServer& server, int opened) : client(server.port()) {
    REQUIRE(server.observer.wait_for_opened(opened));
  }
  bool is_served() {
    if (!client.send(post("/echo", "hello"))) return false;
    const auto answer = client.receive_answer();
    return answer && answer->body == "hello";
  }
  void begin_request() {
    const std::string request = post("/echo", "hello");
    REQUIRE(client.send(request.substr(0, request.size() - 1)));
  }
  bool end_request() {
    const auto answer = client.send("o") ? client.receive_answer() : std::nullopt;
    return answer && answer->body == "hello";
  }

  TestClient client;
};

using Peers = std::vector<std::unique_ptr<Peer>>;

// In this order, on whatever thread each is served.
Peers open(RunningServer& server, int count) {
  Peers peers;
  for (int i = 0; i < count; ++i) peers.push_back(std::make_unique<Peer>(server, i + 1));
  return peers;
}

}  // namespace

TEST_CASE(
    "where silent peers hold all places, each new connection is served at once, and the oldest peer ends") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{3});
  RunningServer server(places(6), nullptr, threads);
  const Peers silent = open(server, 6);
  Peers probes;
  for (const auto& oldest : silent) {
    probes.push_back(std::make_unique<Peer>(server, static_cast<int>(6 + probes.size() + 1)));
    CHECK(probes.back()->is_served());
    CHECK(oldest->client.ends());
  }
  for (const auto& probe : probes) CHECK(probe->is_served());
  CHECK(server.observer.count(Bound::connections) == 6);
}

TEST_CASE("whoever has sent no whole head makes room, wherever it stopped") {
  RunningServer server(places(4), tls_context());
  // Under TLS 1.2 the server speaks last: it has done its part once the client is done.
  test::TlsWish tls;
  tls.version_max = TLS1_2_VERSION;
  Peer silent(server, 1);
  Peer in_handshake(server, 2);
  REQUIRE(in_handshake.client.send("\x16\x03\x01\x02"));
  Peer before_request(server, 3);
  REQUIRE(before_request.client.start_tls(tls));
  Peer in_head(server, 4);
  REQUIRE(in_head.client.start_tls(tls));
  REQUIRE(in_head.client.send("POST /echo HTTP/1.1\r\nX-Slow: "));
  Peers probes;
  for (Peer* oldest : {&silent, &in_handshake, &before_request, &in_head}) {
    probes.push_back(std::make_unique<Peer>(server, static_cast<int>(4 + probes.size() + 1)));
    REQUIRE(probes.back()->client.start_tls(tls));
    CHECK(probes.back()->is_served());
    CHECK(oldest->client.ends());
  }
}

TEST_CASE("a request in flight is never what makes room, whatever it waits for") {
  Bounds bounds = places(4);
  bounds.small_kept_bytes = 10;
  bounds.large_slots_per_worker = 0;
  RunningServer server(bounds);
  Peer in_body(server, 1);
  in_body.begin_request();
  REQUIRE(server.service.wait_for_fed(4));
  Peer waiting(server, 2);
  REQUIRE(waiting.client.send(post("/wait", "")));
  REQUIRE(server.service.wait_for_waiters(1));
  Peer without_slot(server, 3);
  const std::string much = post("/keep", "much more than ten bytes");
  REQUIRE(without_slot.client.send(much.substr(0, much.size() - 1)));
  REQUIRE(server.observer.wait_for_bound(Bound::kept_bytes));
  Peer unread(server, 4);
  unread.client.shrink_receive_buffer();
  REQUIRE(unread.client.send(post("/huge", "")));
  REQUIRE_FALSE(unread.client.receive().empty());
  const auto all_in_flight = [&] {
    CHECK(in_body.end_request());
    server.service.let_all_go_on();
    CHECK(waiting.client.receive_answer());
    CHECK_FALSE(unread.client.receive().empty());
  };
  SECTION("all are in flight: the new connection ends") {
    CHECK(TestClient(server.port()).ends());
    CHECK(server.observer.count(Bound::connections) == 1);
    all_in_flight();
  }
  SECTION("one waits, for the shortest time: it ends") {
    server.service.let_all_go_on();
    CHECK(waiting.client.receive_answer());
    Peer next(server, 5);
    CHECK(next.is_served());
    CHECK(waiting.client.ends());
    CHECK(in_body.end_request());
    CHECK_FALSE(unread.client.receive().empty());
  }
}

// One worker takes what happens in the order in which the test does it.
TEST_CASE("which connection ends is always the one that a model names") {
  constexpr std::size_t kPlaces = 5;
  RunningServer server(places(kPlaces));
  std::mt19937 random(7);
  int opened = 0;
  std::size_t fed = 0;
  Peers waiting;    // the longest first
  Peers in_flight;  // in any order
  const auto take = [&random](Peers& from) {
    const auto place = from.begin() + static_cast<std::ptrdiff_t>(random() % from.size());
    auto taken = std::move(*place);
    from.erase(place);
    return taken;
  };
  for (int step = 0; step < 400; ++step) {
    INFO("step " << step);
    switch (random() % 4) {
      case 0:
        if (in_flight.size() == kPlaces) {
          CHECK(TestClient(server.port()).ends());
          break;
        }
        waiting.push_back(std::make_unique<Peer>(server, ++opened));
        if (waiting.size() + in_flight.size() > kPlaces) {
          CHECK(waiting.front()->client.ends());
          waiting.erase(waiting.begin());
        }
        break;
      case 1:
        if (waiting.empty()) break;
        waiting.push_back(take(waiting));
        REQUIRE(waiting.back()->is_served());
        break;
      case 2:
        if (waiting.empty()) break;
        in_flight.push_back(take(waiting));
        fed = server.service.bytes_fed();
        in_flight.back()->begin_request();
        REQUIRE(server.service.wait_for_fed(fed + 4));
        break;
      default:
        if (in_flight.empty()) break;
        waiting.push_back(take(in_flight));
        REQUIRE(waiting.back()->end_request());
    }
  }
  for (const auto& peer : waiting) CHECK(peer->is_served());
  for (const auto& peer : in_flight) CHECK(peer->end_request());
}

TEST_CASE("a flood from several sides ends no request in flight on any thread") {
  RunningServer server(places(8), nullptr, 3);
  const Peers busy = open(server, 6);
  for (const auto& peer : busy) peer->begin_request();
  REQUIRE(server.service.wait_for_fed(6 * 4));
  std::vector<std::thread> flood;
  for (int side = 0; side < 3; ++side) {
    flood.emplace_back([&server] {
      for (int i = 0; i < 100; ++i) TestClient(server.port()).send("GET");
    });
  }
  for (std::thread& side : flood) side.join();
  for (const auto& peer : busy) CHECK(peer->end_request());
}

}  // namespace hygiene::test
