// Lists that go on after what broke them.
#include <catch2/catch.hpp>

#include "cluster/list_fixture.hpp"

namespace hygiene::test {

namespace {

// Ends `lacking` bytes before its end.
ScriptedAnswer cut(ScriptedAnswer whole, std::size_t lacking) {
  whole.bytes.resize(whole.bytes.size() - lacking);
  whole.close = true;
  return whole;
}

}  // namespace

TEST_CASE("a page that was lost or put off is asked for again from its token, and its parts are forgotten") {
  const std::vector<std::string> pages = {page("5", "B"), page("5", "C"), page("5", "")};
  const ScriptedAnswer broken =
      GENERATE_COPY(cut(answer(200, pages[1]), 3), cut(test::chunked(200, {pages[1]}), 5), lost(),
                    status_answer(429, "TooManyRequests", ""), status_answer(500, "InternalError", ""),
                    status_answer(502, "", ""), status_answer(503, "ServiceUnavailable", ""),
                    status_answer(504, "Timeout", ""));
  // quick_options() allow three attempts. Where a kept connection ends before a byte came, the first one
  // sends the request twice.
  const int times = GENERATE(1, 2, 3);
  INFO(broken.bytes << ", " << times << " times");
  int left = broken.bytes.empty() ? times + 1 : times;
  ScriptedServer server([&](const ScriptedRequest& request) {
    const std::string token = token_of(request);
    if (token == "B" && left-- > 0) return broken;
    return answer(200, pages[token.empty() ? 0 : token == "B" ? 1 : 2]);
  });
  Running running(access_to(server));
  Gathering gathered;
  const auto end = running.run(running.client->list(all_secrets(), gathered));
  if (times == 3) {
    REQUIRE(end.has_error());
    CHECK(asked(server, "B") == (broken.bytes.empty() ? 4 : 3));
    return;
  }
  REQUIRE(end.has_value());
  CHECK(end->pages == 3);
  CHECK(end->consistent);
  CHECK(gathered.text == pages[0] + '|' + pages[1] + '|' + pages[2] + '|');
}

TEST_CASE("the attempts at each page are counted by themselves") {
  std::string last;
  ScriptedServer server([&](const ScriptedRequest& request) {
    const std::string token = token_of(request);
    const bool again = token == last;
    last = token;
    const std::string body = page("5", token.size() == 4 ? "" : token + "x");
    return token.empty() || again ? answer(200, body) : cut(answer(200, body), body.size() - 3);
  });
  Running running(access_to(server));
  Gathering gathered;
  REQUIRE(running.run(running.client->list(all_secrets(), gathered)).has_value());
  CHECK(server.requests().size() == 9);
}

TEST_CASE("a first page that is lost is not asked for again: it would be of another version") {
  ScriptedServer server([](const ScriptedRequest&) { return cut(answer(200, page("5", "B")), 3); });
  Running running(access_to(server));
  Gathering gathered;
  const auto end = running.run(running.client->list(all_secrets(), gathered));
  REQUIRE(end.has_error());
  CHECK(end.error().code() == Errc::io);
  CHECK(asked(server, "") == 1);
}

TEST_CASE("a page that was lost is not asked for again once it was given up") {
  ScriptedServer server([](const ScriptedRequest& request) {
    return token_of(request).empty() ? answer(200, page("5", "B")) : lost();
  });
  cluster::ApiOptions options;
  options.retry.first_pause = options.retry.pause_max = std::chrono::hours(24);
  bool given_up = false;
  options.given_up = [&given_up] { return given_up; };
  Running running(access_to(server), options);
  Gathering gathered;
  gathered.at_end_of_page = [&given_up] { given_up = true; };
  const auto end = running.run(running.client->list(all_secrets(), gathered));
  REQUIRE(end.has_error());
  CHECK(end.error().code() == Errc::interrupted);
  CHECK(gathered.text == page("5", "B") + '|');
}

TEST_CASE("an error of the sink ends a list at once, whatever it is called and wherever it comes") {
  struct Full final : cluster::ListSink {
    explicit Full(std::string place) : where(std::move(place)) {}
    Result<void> at(const char* place) {
      if (pages == 1 && where == place) return Error(Errc::io, "the sink is full");
      return {};
    }
    Result<void> begin_page() override { return at("begin"); }
    Result<void> part(std::string_view) override { return at("part"); }
    Result<void> end_of_page() override {
      auto outcome = at("end");
      ++pages;
      return outcome;
    }
    std::string where;
    int pages = 0;
  };
  const std::string where = GENERATE("begin", "part", "end");
  INFO(where);
  ScriptedServer server([](const ScriptedRequest& request) {
    return answer(200, page("5", token_of(request) == "B" ? "" : "B"));
  });
  Running running(access_to(server));
  Full sink(where);
  const auto end = running.run(running.client->list(all_secrets(), sink));
  REQUIRE(end.has_error());
  CHECK_THAT(end.error().message(), Catch::EndsWith("the sink is full"));
  CHECK(server.requests().size() <= 2);
}

TEST_CASE("a list that expired goes on with the token that the API server offers, where it is asked to") {
  // Expires behind B, and again behind C.
  ScriptedServer server([](const ScriptedRequest& request) {
    const std::string token = token_of(request);
    if (token == "B") return expired("b%2");
    if (token == "b%252") return answer(200, page("7", "C"));
    if (token == "C") return expired("c");
    return answer(200, token == "c" ? page("9", "") : page("5", "B"));
  });
  Running running(access_to(server));
  Gathering gathered;
  cluster::ListRequest request = all_secrets();
  SECTION("asked to") {
    request.go_on_if_expired = true;
    const auto end = running.run(running.client->list(request, gathered));
    REQUIRE(end.has_value());
    CHECK_FALSE(end->consistent);
    CHECK(end->pages == 3);
    CHECK(end->resource_version == "9");
    CHECK(gathered.text == page("5", "B") + '|' + page("7", "C") + '|' + page("9", "") + '|');
  }
  SECTION("not asked to") {
    const auto end = running.run(running.client->list(request, gathered));
    REQUIRE(end.has_error());
    CHECK(end.error().code() == Errc::expired);
    CHECK(server.requests().size() == 2);
  }
}

TEST_CASE("a list that expired ends where nothing is offered, or what is offered has expired too") {
  const auto [offered, requests] = GENERATE(table<std::string, std::size_t>({{"", 2}, {"C", 3}}));
  const std::string& token = offered;
  ScriptedServer server([&token](const ScriptedRequest& request) {
    return token_of(request).empty() ? answer(200, page("5", "B")) : expired(token);
  });
  Running running(access_to(server));
  Gathering gathered;
  cluster::ListRequest request = all_secrets();
  request.go_on_if_expired = true;
  const auto end = running.run(running.client->list(request, gathered));
  REQUIRE(end.has_error());
  CHECK(end.error().code() == Errc::expired);
  CHECK(server.requests().size() == requests);
}

}  // namespace hygiene::test
