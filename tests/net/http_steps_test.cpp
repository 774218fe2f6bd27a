// A request that is asked now and whose answer is received later.
#include <catch2/catch.hpp>

#include "net/http_client.hpp"
#include "support/run_to_end.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using net::HttpRequest;
using net::HttpResponse;
using test::answer;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::ScriptedServer;

namespace {

boost::asio::awaitable<Result<HttpResponse>> to_the_end(net::HttpClient* client) {
  for (;;) {
    auto received = co_await client->receive();
    if (!received) co_return received.error();
    if (*received) co_return std::move(**received);
  }
}

// A client of a server that answers with the target; `close`: and then ends the connection.
struct Talk {
  Talk()
      : server([this](const ScriptedRequest& request) {
          ScriptedAnswer out = answer(200, request.target);
          out.close = close;
          return out;
        }) {
    net::Destination to;
    to.host = "127.0.0.1";
    to.port = server.port();
    client = std::make_unique<net::HttpClient>(context.get_executor(), to);
  }
  static HttpRequest get(const char* target) {
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    // More than ctest lets a test run, and run_to_end() waits for what is still armed.
    request.timeout = std::chrono::hours(24);
    return request;
  }
  Result<void> ask(const char* target) { return test::run_to_end(context, client->ask(get(target))); }
  std::string receive() {
    const auto got = test::run_to_end(context, to_the_end(client.get()));
    return got ? std::string(got->body.view()) : got.error().message();
  }
  std::string send(const char* target) {
    const auto got = test::run_to_end(context, client->send(get(target)));
    return got ? std::string(got->body.view()) : got.error().message();
  }

  bool close = false;
  ScriptedServer server;
  boost::asio::io_context context{1};
  std::unique_ptr<net::HttpClient> client;
};

}  // namespace

TEST_CASE("what was asked is received later, no time counts between, and the connection is kept") {
  Talk talk;
  CHECK(talk.send("/1") == "/1");
  REQUIRE(talk.ask("/2"));
  CHECK(talk.receive() == "/2");
  CHECK(talk.send("/3") == "/3");
  CHECK(talk.server.requests().back().connection == 0);
}

TEST_CASE("what was asked and dropped is no answer to what is asked next") {
  Talk talk;
  REQUIRE(talk.ask("/1"));
  talk.client->drop();
  CHECK(talk.send("/2") == "/2");
  REQUIRE(talk.ask("/3"));
  talk.client->drop();
  REQUIRE(talk.ask("/4"));
  CHECK(talk.receive() == "/4");
}

TEST_CASE("what was asked on a kept connection that is gone is asked once more") {
  Talk talk;
  talk.close = true;
  CHECK(talk.send("/1") == "/1");
  REQUIRE(talk.ask("/2"));
  CHECK(talk.receive() == "/2");
}

TEST_CASE("the time of what was asked runs once it is received") {
  ScriptedServer silent([](const ScriptedRequest&) {
    ScriptedAnswer out;
    out.silence = true;
    return out;
  });
  boost::asio::io_context context{1};
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = silent.port();
  net::HttpClient client(context.get_executor(), to);
  HttpRequest request = Talk::get("/");
  request.timeout = std::chrono::milliseconds(100);
  REQUIRE(test::run_to_end(context, client.ask(std::move(request))));
  const auto late = test::run_to_end(context, client.receive());
  REQUIRE(late.has_error());
  CHECK(late.error().code() == Errc::io);
  CHECK_THAT(late.error().message(), Catch::EndsWith("did not answer in time"));
}
