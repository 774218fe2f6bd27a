#include <catch2/catch.hpp>

#include "cluster/api_fixture.hpp"

namespace hygiene::test {

namespace {

cluster::ListRequest all_secrets() {
  cluster::ListRequest request;
  request.resource = secret("");
  return request;
}

cluster::WatchRequest watch_from(const char* version) {
  cluster::WatchRequest request;
  request.resource = secret("");
  request.resource_version = version;
  return request;
}

bool has(const ScriptedRequest& request, const char* text) {
  return request.target.find(text) != std::string::npos;
}

// Refuses the event with this version.
struct Refusing final : cluster::WatchSink {
  Result<void> begin() override { return {}; }
  Result<void> part(std::string_view) override { return {}; }
  Result<void> end_of_event(std::string_view, std::string_view version) override {
    if (version == "6") return Error(Errc::io, "the sink is full");
    return {};
  }
};

// Writes down the tokens that it gets; refuses one key.
struct Tokens final : cluster::ListSink, json::Events {
  Result<void> begin_page() override { return {}; }
  json::Events* events() override { return this; }
  Result<void> part(std::string_view) override { return {}; }
  Result<void> end_of_page() override {
    text += '|';
    return {};
  }
  void begin_object() override { text += '{'; }
  void end_object() override { text += '}'; }
  void begin_array() override { text += '['; }
  void end_array() override { text += ']'; }
  void key(std::string_view name) override {
    text += name;
    if (name == refused_key) refuse(Errc::invalid, "not this key");
  }
  void string(std::string_view part, bool last) override {
    if (at_start) text += '\'';
    text += part;
    if (last) text += '\'';
    at_start = last;
  }
  void number() override { text += '#'; }
  void boolean(bool) override { text += '?'; }
  void null() override { text += '0'; }
  std::string text;
  std::string refused_key;
  bool at_start = true;
};

const std::string kEvents =
    R"({"type":"ADDED","object":{"metadata":{"name":"a","labels":{"resourceVersion":"x","type":"y"},)"
    R"("managedFields":[{"resourceVersion":"z","m":{}}],"resourceVersion":"6"},"type":"Opaque"}})"
    "\n"
    R"({"object":{"metadata":{"resourceVersion":"7"},"reason":"r","items":[["\u00e4\"}\\"]]},"type":"MODIFIED"})"
    "\n\n"
    R"({"type":"DELETED","object":{"metadata":{"resourceVersion":"8"}}})"
    R"({"type":"BOOKMARK","object":{"kind":"Secret","metadata":{"resourceVersion":"12"}}})"
    "\n";
const std::string kSeen = "ADDED@6 MODIFIED@7 DELETED@8 BOOKMARK@12 ";

}  // namespace

TEST_CASE(
    "a list asks for what it wants, and its pages come whole, empty ones and remaining counts among them") {
  const std::vector<std::string> pages = {
      R"({"kind":"SecretList","metadata":{"resourceVersion":"5","continue":"A/+=","remainingItemCount":3},"items":[1]})",
      R"({"metadata":{"continue":"B","resourceVersion":"5","remainingItemCount":3},"items":[]})",
      R"({"items":[{"metadata":{"continue":"no","resourceVersion":"no"}}],"metadata":{"resourceVersion":"5"}})"};
  std::size_t page = 0;
  ScriptedServer server([&](const ScriptedRequest&) { return answer(200, pages[page++]); });
  Running running(access_to(server));
  cluster::ListRequest request = all_secrets();
  request.label_selector = "!a/b,c in (d)";
  request.field_selector = "type!=x";
  request.form = cluster::Form::metadata;
  request.page = 7;
  Gathering gathered;
  const auto end = running.run(running.client->list(request, gathered));
  REQUIRE(end.has_value());
  CHECK(end->pages == 3);
  CHECK(end->resource_version == "5");
  CHECK(gathered.text == pages[0] + '|' + pages[1] + '|' + pages[2] + '|');
  const std::string first =
      "/api/v1/namespaces/apps/"
      "secrets?limit=7&labelSelector=%21a%2Fb%2Cc%20in%20%28d%29&fieldSelector=type%21%3Dx";
  const auto seen = server.requests();
  CHECK(seen[0].target == first);
  CHECK(seen[1].target == first + "&continue=A%2F%2B%3D");
  CHECK(seen[2].target == first + "&continue=B");
  CHECK_THAT(seen[2].head, Catch::Contains("as=PartialObjectMetadataList"));
}

TEST_CASE("a sink that reads JSON gets the tokens of each page, and its refusal ends the list") {
  const std::vector<std::string> pages = {
      R"({"metadata":{"resourceVersion":"5","continue":"A"},"items":[{"metadata":{"continue":"no","n":[1,true,null]}}]})",
      R"({"items":[{"metadata":{"resourceVersion":"no"}}],"metadata":{"resourceVersion":"5"}})"};
  for (const char* refused : {"", "n"}) {
    std::size_t page = 0;
    ScriptedServer server([&](const ScriptedRequest&) { return answer(200, pages[page++]); });
    Running running(access_to(server));
    Tokens sink;
    sink.refused_key = refused;
    const auto end = running.run(running.client->list(all_secrets(), sink));
    if (*refused == '\0') {
      REQUIRE(end.has_value());
      CHECK(end->pages == 2);
      CHECK(end->resource_version == "5");
      CHECK(sink.text ==
            "{metadata{resourceVersion'5'continue'A'}items[{metadata{continue'no'n[#?0]}}]}|"
            "{items[{metadata{resourceVersion'no'}}]metadata{resourceVersion'5'}}|");
    } else {
      REQUIRE(end.has_error());
      CHECK(end.error().code() == Errc::invalid);
    }
  }
}

TEST_CASE("a list whose next page is no page is an error, and no page is asked for twice") {
  struct Case {
    test::ScriptedAnswer second;
    Errc code;
  };
  const Case row = GENERATE_COPY(
      Case{status_answer(410, "Expired", "too old"), Errc::expired},
      Case{answer(200, R"({"metadata":{"continue":"C"})"), Errc::syntax},
      Case{answer(200, "<html>"), Errc::syntax},
      Case{answer(200, R"({"metadata":{"continue":")" + std::string(16 * 1024 + 1, 'c') + "\"}}"),
           Errc::limit});
  ScriptedServer server([&](const ScriptedRequest& request) {
    return has(request, "continue=") ? row.second
                                     : answer(200, R"({"metadata":{"continue":"B"},"items":[]})");
  });
  Running running(access_to(server));
  Gathering gathered;
  const auto end = running.run(running.client->list(all_secrets(), gathered));
  REQUIRE(end.has_error());
  CHECK(end.error().code() == row.code);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a watch asks for bookmarks from its version on, and reads its events split at every byte") {
  ScriptedServer server([&](const ScriptedRequest& request) {
    const auto at =
        static_cast<std::size_t>(std::stoul(request.target.substr(request.target.find("Version=") + 8)));
    return chunked(200, at == 0 ? std::vector<std::string>{kEvents}
                                : std::vector<std::string>{kEvents.substr(0, at), kEvents.substr(at)});
  });
  Running running(access_to(server));
  for (std::size_t at = 0; at < kEvents.size(); ++at) {
    INFO("split at byte " << at);
    Gathering gathered;
    cluster::WatchRequest request = watch_from(std::to_string(at).c_str());
    const auto end = running.run(running.client->watch(request, gathered));
    REQUIRE(end.has_value());
    REQUIRE(*end == "12");
    REQUIRE(gathered.events == kSeen);
    REQUIRE(gathered.text == kEvents);
  }
  CHECK(server.requests().front().target ==
        "/api/v1/namespaces/apps/"
        "secrets?watch=1&allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=300");
}

TEST_CASE("a watch reads its events byte by byte") {
  std::vector<std::string> bytes;
  for (const char c : kEvents) bytes.emplace_back(1, c);
  ScriptedServer server([&](const ScriptedRequest&) { return chunked(200, bytes); });
  Running running(access_to(server));
  Gathering gathered;
  CHECK(*running.run(running.client->watch(watch_from("5"), gathered)) == "12");
  CHECK(gathered.events == kSeen);
  CHECK(gathered.watches == 1);
}

TEST_CASE(
    "an ERROR event ends a watch: expired where the version is too old, else io; others follow the status") {
  struct Case {
    test::ScriptedAnswer out;
    Errc code;
  };
  const auto error = [](const char* reason) {
    return answer(200, R"({"type":"ERROR","object":{"kind":"Status","message":"its words","reason":")" +
                           std::string(reason) + R"(","code":410}})");
  };
  const Case row = GENERATE_COPY(Case{error("Expired"), Errc::expired}, Case{error("Gone"), Errc::expired},
                                 Case{error("InternalError"), Errc::io},
                                 Case{status_answer(410, "Expired", "its words"), Errc::expired},
                                 Case{status_answer(403, "Forbidden", "its words"), Errc::denied},
                                 Case{answer(200, R"({"type":"ADDED","object":{)"), Errc::io},
                                 Case{answer(200, "\n{\"type\":\"ADDED\"} x"), Errc::syntax});
  INFO(row.out.bytes);
  ScriptedServer server([&](const ScriptedRequest&) { return row.out; });
  Running running(access_to(server));
  Gathering gathered;
  const auto end = running.run(running.client->watch(watch_from("5"), gathered));
  REQUIRE(end.has_error());
  CHECK(end.error().code() == row.code);
  if (row.out.bytes.find("its words") != std::string::npos) {
    CHECK_THAT(end.error().message(), Catch::Contains("its words"));
  }
}

TEST_CASE(
    "following goes on after whatever broke a watch, from the last whole event, and says where one begins") {
  const std::string added = R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"6"}}})";
  std::vector<test::ScriptedAnswer> answers = {
      chunked(200, {added, R"({"type":"MODIFIED","obj)"}),
      status_answer(503, "ServiceUnavailable", ""),
      status_answer(503, "ServiceUnavailable", ""),
      status_answer(503, "ServiceUnavailable", ""),
      status_answer(429, "TooManyRequests", "", "Retry-After: 999\r\n"),
      answer(200, R"({"type":"ERROR","object":{"kind":"Status","reason":"InternalError","message":""}})"),
      chunked(200, {R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}})"}),
      status_answer(410, "Expired", "")};
  answers[0].bytes.resize(answers[0].bytes.size() - 5);  // breaks off before its last chunk
  answers[0].close = true;
  std::size_t next = 0;
  ScriptedServer server([&](const ScriptedRequest&) { return answers[next++]; });
  Running running(access_to(server));
  Gathering gathered;
  CHECK(running.run(running.client->follow(watch_from("5"), gathered)).code() == Errc::expired);
  const auto seen = server.requests();
  REQUIRE(seen.size() == answers.size());
  CHECK(has(seen[0], "resourceVersion=5&"));
  for (std::size_t i = 1; i < 7; ++i) CHECK(has(seen[i], "resourceVersion=6&"));
  CHECK(has(seen[7], "resourceVersion=9&"));
  CHECK(gathered.events == "ADDED@6 BOOKMARK@9 ");
  CHECK(gathered.watches == 6);  // three 503 are one watch, tried three times
}

TEST_CASE("a sink that refuses an event ends the following, whatever it calls its error") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, kEvents); });
  Running running(access_to(server));
  Refusing sink;
  CHECK_THAT(running.run(running.client->follow(watch_from("5"), sink)).message(),
             Catch::EndsWith("the sink is full"));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a sink that refuses to begin ends the following before anything is asked") {
  struct Unwilling final : cluster::WatchSink {
    Result<void> begin() override { return Error(Errc::io, "not now"); }
    Result<void> part(std::string_view) override { return {}; }
    Result<void> end_of_event(std::string_view, std::string_view) override { return {}; }
  };
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, kEvents); });
  Running running(access_to(server));
  Unwilling sink;
  CHECK(running.run(running.client->follow(watch_from("5"), sink)).message() == "not now");
  CHECK(server.requests().empty());
}

TEST_CASE("a server that ends each watch at once is not asked again without a pause") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, ""); });
  cluster::ApiOptions options = test::quick_options();
  options.retry.first_pause = options.retry.pause_max = std::chrono::hours(1);
  Running running(access_to(server), options);
  Gathering gathered;
  auto outcome = boost::asio::co_spawn(running.context, running.client->follow(watch_from("5"), gathered),
                                       boost::asio::use_future);
  while (server.requests().empty()) running.context.run_one_for(std::chrono::milliseconds(10));
  running.context.run_for(std::chrono::milliseconds(100));
  CHECK(server.requests().size() == 1);
}

}  // namespace hygiene::test
