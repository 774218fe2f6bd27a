// What is known of answers as they pass, however they are cut.
#include "proxy/awaited_responses.hpp"

#include <string>

#include <catch2/catch.hpp>

using hygiene::proxy::Awaited;
using hygiene::proxy::AwaitedResponses;

namespace {

const std::string kLength = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const std::string kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n";
const std::string kWebSocket =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

void follow_in_parts(AwaitedResponses& follower, std::string_view bytes, std::size_t step) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
    follower.follow(bytes.substr(0, step));
}

}  // namespace

TEST_CASE("a 401 to a request that bore our credential is told once, and no other answer is") {
  const auto [status, injected, told] =
      GENERATE(table<const char*, bool, bool>({{"401 Unauthorized", true, true},
                                               {"401 Unauthorized", false, false},
                                               {"403 Forbidden", true, false},
                                               {"200 OK", true, false}}));
  AwaitedResponses follower;
  follower.await({false, false, false, injected});
  follower.follow(std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\n\r\n");
  CHECK(follower.take_injected_refused() == told);
  CHECK_FALSE(follower.take_injected_refused());
}

TEST_CASE("answers are told apart, however they are cut") {
  const std::string all =
      "HTTP/1.1 100 Continue\r\n\r\n" + kLength + kChunked + "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" +
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n" + "HTTP/1.1 204 No Content\r\n\r\n";
  for (std::size_t step = 1; step <= all.size(); ++step) {
    INFO(step);
    AwaitedResponses follower;
    for (const bool to_head : {false, false, true, false, false}) follower.await({to_head, false, false});
    follow_in_parts(follower, std::string_view(all).substr(0, all.size() - 1), step);
    CHECK(follower.awaited() == 1);
    follower.follow("\n");
    CHECK(follower.awaited() == 0);
    CHECK_FALSE(follower.lost());
  }
}

TEST_CASE("a watch is open from its request to the end of its answer") {
  AwaitedResponses follower;
  follower.await({false, false, true});
  CHECK(follower.watches() == 1);
  follower.follow(kChunked.substr(0, kChunked.size() - 1));
  CHECK(follower.watches() == 1);
  follower.follow("\n");
  CHECK(follower.watches() == 0);
}

TEST_CASE("only an upgrade that was asked for, and granted, makes a tunnel") {
  AwaitedResponses granted;
  granted.await({false, true, false});
  CHECK(granted.upgrade_pending());
  follow_in_parts(granted, kWebSocket + "HTTP/1.1 200 OK\r\n\r\n", 1);
  CHECK(granted.tunnel());
  CHECK_FALSE(granted.upgrade_pending());

  AwaitedResponses declined;
  declined.await({false, true, false});
  declined.follow(kLength);
  CHECK_FALSE(declined.tunnel());
  CHECK_FALSE(declined.upgrade_pending());
  CHECK(declined.awaited() == 0);

  AwaitedResponses unasked;
  unasked.await({});
  unasked.follow(kWebSocket);
  CHECK_FALSE(unasked.tunnel());
  CHECK(unasked.lost());
}

TEST_CASE("what nobody asked for, or is no HTTP, ends what is known") {
  AwaitedResponses unasked;
  unasked.follow("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
  CHECK(unasked.lost());
  for (const std::string bytes :
       {"SSH-2.0\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"}) {
    INFO(bytes);
    AwaitedResponses follower;
    follower.await({false, true, false});
    follow_in_parts(follower, bytes, 1);
    CHECK(follower.lost());
    CHECK_FALSE(follower.upgrade_pending());
  }
  AwaitedResponses endless;
  endless.await({});
  endless.follow("HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'a'));
  CHECK(endless.lost());
}

TEST_CASE("an answer without a length goes on until the connection ends") {
  AwaitedResponses follower;
  follower.await({});
  follower.follow("HTTP/1.0 200 OK\r\n\r\nanything");
  follower.follow(kLength);
  CHECK(follower.awaited() == 1);
  CHECK_FALSE(follower.lost());
}
