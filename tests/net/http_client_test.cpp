#include "net/http_client.hpp"

#include <catch2/catch.hpp>

#include "support/run_to_end.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using net::HttpRequest;
using test::answer;
using test::chunked;
using test::ScriptedAnswer;
using test::ScriptedRequest;
using test::ScriptedServer;

namespace {

// A client of a server that gives `next` to every request.
struct Talk {
  Talk() : server([this](const ScriptedRequest&) { return next; }) {
    net::Destination to;
    to.host = "127.0.0.1";
    to.port = server.port();
    client = std::make_unique<net::HttpClient>(context.get_executor(), to);
  }
  Result<net::HttpResponse> send(HttpRequest request = {}) {
    if (request.method.empty()) request.method = "GET";
    request.target = "/x";
    return test::run_to_end(context, client->send(std::move(request)));
  }
  Errc refusal(HttpRequest request = {}) {
    const auto got = send(std::move(request));
    REQUIRE(got.has_error());
    return got.error().code();
  }

  ScriptedAnswer next = answer(200, "{}");
  ScriptedServer server;
  boost::asio::io_context context{1};
  std::unique_ptr<net::HttpClient> client;
};

ScriptedAnswer raw(const std::string& bytes, bool close = false) {
  ScriptedAnswer made;
  made.bytes = bytes;
  made.close = close;
  return made;
}

HttpRequest with_method(const char* method) {
  HttpRequest request;
  request.method = method;
  return request;
}

}  // namespace

TEST_CASE("answers 1xx are passed over, however they arrive; 101 is none of them") {
  const std::string last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
  Talk talk;
  talk.next = raw("HTTP/1.1 100 Continue\r\n\r\n" + hints + last);
  const auto got = talk.send();
  REQUIRE(got.has_value());
  CHECK(got->status == 200);
  CHECK(got->body.view() == "{}");
  talk.next = raw(hints.substr(0, 20));
  talk.next.trickle = hints.substr(20) + last;
  const auto trickled = talk.send();
  REQUIRE(trickled.has_value());
  CHECK(trickled->status == 200);
  talk.next = answer(204, "");
  CHECK(talk.send()->status == 204);
  CHECK(talk.server.requests().back().connection == 0);
}

TEST_CASE("a request goes through a tunnel of the proxy, or the error says what the proxy answered") {
  const auto [answered, words] = GENERATE(table<std::string, std::string>(
      {{"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n", ""},
       {"HTTP/1.0 200 OK\r\n\r\n", ""},
       {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "it answered 407 to CONNECT"},
       {"hello\r\n\r\n", "it does not answer in HTTP/1.1"},
       {std::string(20'000, 'x'), "header is too long"},
       {"", "it ended the connection"}}));
  ScriptedServer proxy([&](const ScriptedRequest& request) {
    if (request.method == "CONNECT") return raw(answered, answered.empty());
    return answer(200, "{}");
  });
  net::Destination to;
  to.host = "api.test";
  to.port = 6443;
  to.proxy = net::HttpProxy{"127.0.0.1", proxy.port(), "Basic abc"};
  boost::asio::io_context context{1};
  net::HttpClient client(context.get_executor(), to);
  HttpRequest request;
  request.method = "GET";
  request.target = "/x";
  const auto got = test::run_to_end(context, client.send(request));
  CHECK(proxy.requests().front().head ==
        "CONNECT api.test:6443 HTTP/1.1\r\nHost: api.test:6443\r\nProxy-Authorization: Basic abc\r\n\r\n");
  CHECK(got.has_value() == words.empty());
  if (got) {
    CHECK(proxy.requests().back().target == "/x");
    CHECK(proxy.requests().back().connection == 0);
  } else {
    CHECK(got.error().code() == Errc::io);
    CHECK_THAT(got.error().message(),
               Catch::StartsWith("cannot reach http://api.test:6443 through the proxy http://127.0.0.1:") &&
                   Catch::EndsWith(words));
  }
}

TEST_CASE("a request goes out with its method, headers, token and body, on a connection that is kept") {
  Talk talk;
  HttpRequest request = with_method("PATCH");
  request.headers = {{"Accept", "a/b"}};
  request.bearer_token = "token";
  request.body = "{\"a\":1}";
  CHECK(talk.send(request).has_value());
  CHECK(talk.send().has_value());
  const auto seen = talk.server.requests();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].method == "PATCH");
  CHECK(seen[0].target == "/x");
  CHECK(seen[0].body == request.body);
  CHECK_THAT(seen[0].head,
             Catch::Contains("Host: 127.0.0.1:" + std::to_string(talk.server.port()) + "\r\n") &&
                 Catch::Contains("Accept: a/b\r\n") && Catch::Contains("Content-Length: 7\r\n") &&
                 Catch::Contains("Authorization: Bearer token\r\n"));
  CHECK_THAT(seen[1].head, !Catch::Contains("Content-Length") && !Catch::Contains("Authorization"));
  CHECK(seen[1].connection == seen[0].connection);
}

TEST_CASE("a body is read whole, however it is framed") {
  struct Case {
    ScriptedAnswer sent;
    const char* body;
  };
  const Case row = GENERATE(
      Case{answer(200, "abc"), "abc"}, Case{answer(404, ""), ""}, Case{chunked(200, {"a", "bc", ""}), "abc"},
      Case{raw("HTTP/1.1 200 OK\r\n\r\nabc", true), "abc"}, Case{raw("HTTP/1.1 204 No Content\r\n\r\n"), ""});
  INFO(row.sent.bytes);
  Talk talk;
  talk.next = row.sent;
  const auto got = talk.send();
  REQUIRE(got.has_value());
  CHECK(got->body.view() == row.body);
}

TEST_CASE("Retry-After is understood in seconds, and in no other form") {
  const auto [text, expected] = GENERATE(table<std::string, int>({{"0", 0},
                                                                  {"7", 7},
                                                                  {"4294967295", -2},
                                                                  {"4294967296", -1},
                                                                  {"-1", -1},
                                                                  {"1.5", -1},
                                                                  {"", -1},
                                                                  {"Wed, 21 Oct 2026 07:28:00 GMT", -1}}));
  Talk talk;
  talk.next = answer(429, "", "Retry-After: " + text + "\r\n");
  const auto got = talk.send();
  REQUIRE(got.has_value());
  CHECK(got->retry_after.has_value() == (expected != -1));
  if (expected >= 0) CHECK(got->retry_after->count() == expected);
}

TEST_CASE("a body may be as large as it may and no larger, with a length and in chunks") {
  const bool in_chunks = GENERATE(false, true);
  const auto [size, fits] = GENERATE(table<std::size_t, bool>({{1000, true}, {1001, false}}));
  Talk talk;
  const std::string body(size, 'x');
  talk.next = in_chunks ? chunked(200, {body.substr(0, 500), body.substr(500)}) : answer(200, body);
  HttpRequest request;
  request.body_bytes_max = 1000;
  const auto got = talk.send(request);
  CHECK(got.has_value() == fits);
  if (!fits) CHECK(got.error().code() == Errc::limit);
}

TEST_CASE("a head of 60 KiB is read, one over 64 KiB is refused, in one line and in many") {
  const bool one_line = GENERATE(true, false);
  const auto [size, fits] = GENERATE(table<std::size_t, bool>({{60 * 1024, true}, {66 * 1024, false}}));
  const std::string unit = one_line ? std::string(size, 'x') : "abcdefgh\r\nX: ";
  std::string more = "X: ";
  while (more.size() < size) more += unit;
  Talk talk;
  talk.next = answer(200, "", more + "\r\n");
  const auto got = talk.send();
  CHECK(got.has_value() == fits);
  if (!fits) CHECK(got.error().code() == Errc::limit);
}

TEST_CASE("what does not speak HTTP, or breaks off, is an error of its kind") {
  const auto [bytes, code] = GENERATE(table<std::string, Errc>(
      {{"", Errc::io},
       {"HTTP/1.1 200 OK\r\nContent-Le", Errc::io},
       {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Errc::io},
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Errc::io},
       {"SSH-2.0-x\r\n\r\n", Errc::syntax},
       {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Errc::syntax},
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Errc::syntax}}));
  INFO(bytes);
  Talk talk;
  talk.next = raw(bytes, true);
  CHECK(talk.refusal() == code);
  CHECK(talk.server.requests().size() == 1);
}

TEST_CASE("a kept connection that is gone costs a read a second try, and a write an error") {
  const std::string method = GENERATE("GET", "POST", "PATCH", "DELETE");
  INFO(method);
  Talk talk;
  talk.next.close = true;  // without having said so
  REQUIRE(talk.send().has_value());
  const auto got = talk.send(with_method(method.c_str()));
  CHECK(got.has_value() == (method == "GET"));
  if (method == "GET") {
    CHECK(talk.server.requests().size() == 2);
    CHECK(talk.server.requests().back().connection == 1);
    return;
  }
  CHECK(got.error().code() == Errc::io);
  CHECK(talk.server.requests().size() == 1);
  CHECK(talk.send(with_method(method.c_str())).has_value());
}

TEST_CASE("a read is tried twice at most, and not again once a byte of its answer came") {
  Talk talk;
  REQUIRE(talk.send().has_value());
  talk.next = raw("", true);
  CHECK(talk.refusal() == Errc::io);
  CHECK(talk.server.requests().size() == 3);
  CHECK(talk.refusal() == Errc::io);  // on a new connection: once
  CHECK(talk.server.requests().size() == 4);
  talk.next = answer(200, "{}");
  REQUIRE(talk.send().has_value());
  talk.next = raw("H", true);
  CHECK(talk.refusal() == Errc::io);
  CHECK(talk.server.requests().size() == 6);
}

TEST_CASE("a connection is left after Connection: close, and after bytes that nobody asked for") {
  const ScriptedAnswer first = GENERATE(answer(200, "{}", "Connection: close\r\n"),
                                        raw(answer(200, "{}").bytes + "HTTP/1.1 500 Smuggled\r\n\r\n"));
  Talk talk;
  talk.next = first;
  CHECK(talk.send()->status == 200);
  talk.next = answer(200, "{}");
  CHECK(talk.send()->status == 200);
  CHECK(talk.server.requests().back().connection == 1);
}

TEST_CASE("a sink takes the body of a success only, and its error is the outcome") {
  Talk talk;
  std::string taken;
  HttpRequest request;
  request.body_bytes_max = 4;
  request.sink = [&taken](std::string_view part) -> Result<void> {
    taken += part;
    if (taken.find('!') != std::string::npos) return Error(Errc::conflict, "enough");
    return {};
  };
  talk.next = chunked(200, {"abc", "def"});
  CHECK(talk.send(request)->body.empty());
  CHECK(taken == "abcdef");
  talk.next = answer(404, "none");
  CHECK(talk.send(request)->body.view() == "none");
  CHECK(taken == "abcdef");
  talk.next = answer(404, "large");
  CHECK(talk.refusal(request) == Errc::limit);
  talk.next = chunked(200, {"!", "never"});
  CHECK(talk.refusal(request) == Errc::conflict);
  CHECK(taken == "abcdef!");
}
