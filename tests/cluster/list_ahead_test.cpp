// Lists that ask for the next page while one is read.
#include <catch2/catch.hpp>

#include "cluster/list_fixture.hpp"

namespace hygiene::test {

using std::chrono::milliseconds;

namespace {

// Too long to come in one read.
std::string long_page(const std::string& next) {
  return R"({"metadata":{"resourceVersion":"5","continue":")" + next + R"("},)" +
         std::string(256 * 1024, ' ') + R"("items":[]})";
}

// Metadata last.
std::string odd_page(const std::string& next) {
  return R"({"items":[],)" + std::string(256 * 1024, ' ') +
         R"("metadata":{"resourceVersion":"5","continue":")" + next + R"("}})";
}

// Never comes to its end.
ScriptedAnswer endless(ScriptedAnswer whole) {
  whole.bytes.resize(whole.bytes.size() - 3);
  whole.silence = true;
  return whole;
}

// Refuses a part of the page with this number, once the one behind it was asked for.
struct Refusing final : cluster::ListSink {
  Refusing(int number, std::function<bool()> is_asked)
      : refused(number), next_is_asked(std::move(is_asked)) {}
  Result<void> begin_page() override { return {}; }
  Result<void> part(std::string_view bytes) override {
    // The first part may be all that came before the token.
    received += bytes.size();
    if (page == refused && received > 128 * 1024) {
      while (!next_is_asked()) std::this_thread::yield();
      return Error(Errc::io, "the sink is full");
    }
    return {};
  }
  Result<void> end_of_page() override {
    ++page;
    received = 0;
    return {};
  }
  int refused;
  std::function<bool()> next_is_asked;
  int page = 0;
  std::size_t received = 0;
};

}  // namespace

TEST_CASE("the next page is asked for on a second connection while one is on its way; no more than one") {
  ScriptedServer server([](const ScriptedRequest& request) {
    const std::string token = token_of(request);
    if (token.empty()) return endless(answer(200, long_page("B")));
    return answer(200, long_page(token == "B" ? "C" : ""));
  });
  Running running(access_to(server));
  Gathering gathered;
  auto outcome = boost::asio::co_spawn(running.context, running.client->list(all_secrets(), gathered),
                                       boost::asio::use_future);
  while (asked(server, "B") == 0) running.context.run_one_for(milliseconds(10));
  running.context.run_for(milliseconds(50));
  const auto seen = server.requests();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].connection != seen[1].connection);
  CHECK(gathered.text == long_page("B").substr(0, long_page("B").size() - 3));
}

TEST_CASE("pages that are asked for ahead come in order, over two connections that are kept") {
  const auto make = GENERATE(long_page, odd_page);
  const std::vector<std::string> pages = {make("B"), make("C"), make("D"), make("E"), make("")};
  ScriptedServer server([&](const ScriptedRequest& request) {
    const std::string token = token_of(request);
    return answer(200, pages[token.empty() ? 0 : static_cast<std::size_t>(token[0] - 'A')]);
  });
  Running running(access_to(server));
  Gathering gathered;
  const auto end = running.run(running.client->list(all_secrets(), gathered));
  REQUIRE(end.has_value());
  CHECK(end->pages == 5);
  CHECK(gathered.text == pages[0] + '|' + pages[1] + '|' + pages[2] + '|' + pages[3] + '|' + pages[4] + '|');
  const auto seen = server.requests();
  CHECK(seen.size() == 5);
  CHECK(std::ranges::all_of(seen, [](const ScriptedRequest& request) { return request.connection < 2; }));
}

TEST_CASE("what was asked for ahead is cancelled when the list ends early, and the client is free again") {
  // The second page is read over the other connection, the third asked for over the client's own.
  const int refused = GENERATE(0, 1);
  ScriptedServer server([](const ScriptedRequest& request) {
    if (request.target.ends_with("/secrets/a")) return answer(200, R"({"its":"own answer"})");
    const std::string token = token_of(request);
    return answer(200, long_page(token.empty() ? "B" : "C"));
  });
  Running running(access_to(server));
  Refusing sink(refused, [&] { return asked(server, refused == 0 ? "B" : "C") == 1; });
  const auto end = running.run(running.client->list(all_secrets(), sink));
  REQUIRE(end.has_error());
  CHECK_THAT(end.error().message(), Catch::EndsWith("the sink is full"));
  const auto got = running.run(running.client->get(test::secret("a")));
  REQUIRE(got.has_value());
  CHECK(got->view() == R"({"its":"own answer"})");
}

TEST_CASE("whatever answers a page that was asked for ahead is heeded when its turn has come") {
  const ScriptedAnswer first = GENERATE_COPY(
      lost(), status_answer(429, "TooManyRequests", ""), status_answer(503, "ServiceUnavailable", ""),
      status_answer(401, "Unauthorized", ""), expired("B"), status_answer(403, "Forbidden", ""));
  INFO(first.bytes);
  bool again = false;
  ScriptedServer server([&](const ScriptedRequest& request) {
    if (token_of(request).empty()) return answer(200, long_page("B"));
    return std::exchange(again, true) ? answer(200, long_page("")) : first;
  });
  Running running(access_to(server));
  Gathering gathered;
  cluster::ListRequest request = all_secrets();
  request.go_on_if_expired = true;
  const auto end = running.run(running.client->list(request, gathered));
  if (first.bytes.find(" 403 ") != std::string::npos) {
    REQUIRE(end.has_error());
    CHECK(end.error().code() == Errc::denied);
    CHECK(gathered.text == long_page("B") + '|');
    return;
  }
  REQUIRE(end.has_value());
  CHECK(end->consistent == (first.bytes.find(" 410 ") == std::string::npos));
  CHECK(gathered.text == long_page("B") + '|' + long_page("") + '|');
  CHECK(asked(server, "B") == 2);
}

TEST_CASE("where a page cannot be asked for ahead, each is asked for when the one before was read") {
  // No credential the second time.
  struct Once final : cluster::CredentialSource {
    boost::asio::awaitable<Result<cluster::CredentialPtr>> get(net::GivenUp) override {
      if (++calls == 2) co_return Error(Errc::io, "the plugin failed");
      co_return cluster::CredentialPtr(std::make_shared<cluster::Credential>());
    }
    bool refused() override { return false; }
    int calls = 0;
  };
  ScriptedServer server([](const ScriptedRequest& request) {
    const std::string token = token_of(request);
    return answer(200, long_page(token.empty() ? "B" : token == "B" ? "C" : ""));
  });
  cluster::ClientConfig access = access_to(server);
  access.credentials = std::make_unique<Once>();
  Running running(std::move(access));
  Gathering gathered;
  REQUIRE(running.run(running.client->list(all_secrets(), gathered)).has_value());
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  CHECK(std::ranges::all_of(seen, [](const ScriptedRequest& request) { return request.connection == 0; }));
}

}  // namespace hygiene::test
