// Where bodies end, however they are cut.
#include "proxy/body_framing.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using hygiene::proxy::BodyFraming;
using hygiene::proxy::Framing;

namespace {

constexpr Framing kChunked{Framing::Kind::chunked, 0};

// Bytes taken until it is done or malformed, given in parts of `step`.
std::pair<std::size_t, BodyFraming> followed(Framing framing, const std::string& input, std::size_t step) {
  BodyFraming body(framing);
  std::size_t taken = 0;
  while (taken < input.size() && !body.done() && !body.malformed()) {
    taken += body.take(std::string_view(input).substr(taken, step));
  }
  return {taken, body};
}

}  // namespace

TEST_CASE("a body of a known length ends there") {
  CHECK(BodyFraming().done());
  CHECK(BodyFraming({Framing::Kind::length, 0}).done());
  for (const std::size_t step : {1U, 2U, 3U, 100U}) {
    const auto [taken, body] = followed({Framing::Kind::length, 5}, "hello, more", step);
    CHECK(taken == 5);
    CHECK(body.done());
  }
}

TEST_CASE("a chunked body ends with its trailers, however it is cut") {
  for (const std::string body : {"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n",
                                 "1;a=\"b\"\r\n\r\r\n00A\r\n0123456789\r\n000\r\nT: v\r\nU: w\r\n\r\n"}) {
    for (std::size_t step = 1; step <= body.size() + 4; ++step) {
      INFO(body << " in parts of " << step);
      const auto [taken, follower] = followed(kChunked, body + "GET /", step);
      CHECK(taken == body.size());
      CHECK(follower.done());
    }
  }
}

TEST_CASE("a chunked body that could be read in another way is malformed") {
  for (const std::string body : {"\r\n", "x\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "1\n",
                                 "1\r\r\n", "1;a\n", "1;\x01\r\n", "1\r\nab", "1\r\na\n", "1\r\na\rb",
                                 "1234567890123456\r\n", "0\r\n\n", "0\r\nT: v\n", "0\r\n\rx"}) {
    INFO(body);
    CHECK(followed(kChunked, body, 1).second.malformed());
    CHECK(followed(kChunked, body, 100).second.malformed());
  }
  const std::string endless(20'000, 'a');
  CHECK(followed(kChunked, "1;" + endless, 100).second.malformed());
  CHECK(followed(kChunked, "0\r\n" + endless, 100).second.malformed());
}

TEST_CASE("a body that ends with the connection takes everything") {
  BodyFraming body({Framing::Kind::until_close, 0});
  CHECK(body.take("anything\r\n\r\n") == 12);
  CHECK_FALSE(body.done());
}
