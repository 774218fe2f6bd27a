// An API server whose machine is gone without a word: nothing is acknowledged any more, and no end of a
// connection comes.
#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "proxy/api_server.hpp"
#include "proxy/running_proxy.hpp"
#include "support/test_client.hpp"

using namespace hygiene;
using test::ApiServer;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::TestClient;

namespace {

const std::string kWatch = "/api/v1/secrets?watch=1";
const std::string kEvent = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n";

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: proxy.test\r\n\r\n";
}

// Says what it still says, and is gone.
ScriptedAnswer vanish_after(const ScriptedRequest& request) {
  ScriptedAnswer last = test::answer(200, "ok");
  if (request.parameter("watch") == "1") last.bytes = kEvent;
  if (request.target == "/under-way" || request.target == "/exec") last.bytes.clear();
  last.vanish = request.target != "/stays";
  return last;
}

// As short as the kernel takes them: gone after two seconds.
constexpr net::PeerProbes kShort{std::chrono::seconds(1), std::chrono::seconds(1), 1,
                                 std::chrono::milliseconds(2'000)};

}  // namespace

TEST_CASE("an API server that is gone without a word ends the connections of its clients, and no other",
          "[answering][upgrading]") {
  ApiServer api(vanish_after);
  test::ProxyWish wish = api.wish();
  wish.times.api_server_gone = kShort;
  test::RunningProxy running(wish);
  TestClient staying(running.port());
  staying.send(get("/stays"));
  REQUIRE(staying.receive_answer());

  TestClient waiting(running.port());
  waiting.send(get("/under-way"));
  TestClient upgrading(running.port());
  upgrading.send(
      "GET /exec HTTP/1.1\r\nHost: proxy.test\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
  TestClient watching(running.port());
  watching.send(get(kWatch));
  std::string event;
  for (std::string more = "any"; event.size() < kEvent.size() && !more.empty(); event += more)
    more = watching.receive();
  REQUIRE(event == kEvent);
  REQUIRE(running.recorder.wait_for_watches(1));
  TestClient asking(running.port());
  asking.send(get("/kept"));
  REQUIRE(asking.receive_answer());
  api.server.wait_for_vanished(4);
  asking.send(get("/never-acknowledged"));

  CHECK(waiting.ends());
  CHECK(upgrading.ends());
  CHECK(watching.ends());
  CHECK(asking.ends());
  CHECK(running.recorder.wait_for_watches(0));
  CHECK(running.recorder.wait_for_closed(4));
  CHECK(api.server.requests().size() == 5);
  // As silent for as long, but there.
  staying.send(get("/stays"));
  CHECK(staying.receive_answer());
  CHECK(api.server.requests().back().connection == 0);
}
