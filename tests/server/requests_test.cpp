// What a client sees of well-formed and malformed requests.
#include <cstdio>

#include <catch2/catch.hpp>

#include "base/invariant.hpp"
#include "server/running_server.hpp"
#include "support/test_client.hpp"

namespace hygiene::test {

using base::OnViolation;
using base::set_on_violation;
using server::Bounds;

namespace {

constexpr const char* kChunked =
    "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n1;name=value\r\n \r\n5\r\nworld\r\n0\r\nContent-Type: text/plain;\r\n folded\r\n\r\n";

}  // namespace

TEST_CASE("a request's body comes to the service and its answer to the client") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/echo", "hello")));
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello");
  CHECK_THAT(answer->head, Catch::Matches("HTTP/1\\.1 200 OK\r\n"
                                          "Date: ..., [0-9]{2} ... [0-9]{4} [0-9:]{8} GMT\r\n"
                                          "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n"));
}

TEST_CASE("a request that arrives split at any byte is read as one that arrives whole") {
  RunningServer server;
  TestClient client(server.port());
  const std::string whole =
      post("/head", "hello", "Content-Type: application/json\r\nX-Long: " + std::string(100, 'x') + "\r\n");
  for (const std::string& request : {whole, std::string(kChunked)}) {
    const bool chunked = request == kChunked;
    for (std::size_t split = 1; split < request.size(); ++split) {
      INFO("split at " << split);
      REQUIRE(client.send(request.substr(0, split)));
      std::this_thread::yield();
      REQUIRE(client.send(request.substr(split)));
      const auto answer = client.receive_answer();
      REQUIRE(answer);
      CHECK(answer->body == (chunked ? "hello world" : "POST application/json 5 hello"));
    }
  }
}

TEST_CASE("a request that arrives byte by byte is read as one that arrives whole") {
  RunningServer server;
  TestClient client(server.port());
  for (const std::string& request : {post("/echo", "hello world"), std::string(kChunked)}) {
    for (const char byte : request) REQUIRE(client.send(std::string_view(&byte, 1)));
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->body == "hello world");
  }
}

TEST_CASE("the service sees which host was asked, and its answer may have lines of its own in the head") {
  RunningServer server;
  TestClient client(server.port());
  const auto ask = [&client](const std::string& headers) {
    REQUIRE(client.send("GET /host HTTP/1.1\r\n" + headers + "\r\n"));
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->head.ends_with("\r\nX-One: 1\r\nX-Two: 2\r\n\r\n"));
    return answer->body;
  };
  CHECK(ask("Host: localhost:9091\r\n") == "localhost:9091");
  CHECK(ask("hOST:   [::1]  \r\nAccept: */*\r\n") == "[::1]");
  CHECK(ask("Host:\r\n").empty());
  CHECK(client.send("GET http://other/host HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(client.receive_answer()->body == "other");
  CHECK(client.send("GET /host HTTP/1.0\r\n\r\n"));
  CHECK(client.receive_answer()->body.empty());
}

TEST_CASE("pipelined requests are answered in their order") {
  RunningServer server;
  TestClient client(server.port());
  std::string all;
  for (int i = 0; i < 300; ++i) all += i % 2 == 0 ? post("/echo", std::to_string(i)) : std::string(kChunked);
  REQUIRE(client.send(all));
  for (int i = 0; i < 300; ++i) {
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->body == (i % 2 == 0 ? std::to_string(i) : "hello world"));
  }
}

TEST_CASE("a body of many read buffers comes whole") {
  RunningServer server;
  TestClient client(server.port());
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += std::to_string(i);
  REQUIRE(client.send(post("/echo", body)));
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->body == body);
}

TEST_CASE("a connection ends after the answer where the client, or its HTTP version, asks for it") {
  struct Case {
    const char* request;
    bool ends;
  };
  for (const Case& test : {Case{"GET /echo HTTP/1.1\r\nHost: t\r\n\r\n", false},
                           Case{"GET /echo HTTP/1.1\r\nHost: t\r\nConnection: keep-alive\r\n\r\n", false},
                           Case{"GET /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", true},
                           Case{"GET /echo HTTP/1.0\r\n\r\n", true},
                           Case{"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}}) {
    INFO(test.request);
    RunningServer server;
    TestClient client(server.port());
    REQUIRE(client.send(test.request));
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK((answer->head.find("Connection: close\r\n") != std::string::npos) == test.ends);
    if (test.ends) {
      CHECK(client.ends());
    } else {
      REQUIRE(client.send(test.request));
      CHECK(client.receive_answer());
    }
  }
}

TEST_CASE("HEAD gets the length of the body without the body") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send("HEAD /head HTTP/1.1\r\nHost: t\r\n\r\n"));
  const auto answer = client.receive_answer(true);
  REQUIRE(answer);
  CHECK_THAT(answer->head, Catch::Contains("Content-Length: 11\r\n"));
  REQUIRE(client.send(post("/echo", "next")));
  CHECK(client.receive_answer()->body == "next");
}

TEST_CASE("Expect: 100-continue is answered before the body, but not with a body that came along") {
  RunningServer server;
  TestClient client(server.port());
  const std::string request = post("/echo", "hello", "Expect: 100-Continue\r\n");
  REQUIRE(client.send(request.substr(0, request.size() - 5)));
  CHECK(client.receive_answer()->head == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.send("hello"));
  CHECK(client.receive_answer()->body == "hello");
  REQUIRE(client.send(request));
  CHECK(client.receive_answer()->status == 200);
}

TEST_CASE("a client that waits for 100-continue gets a refusal instead, and no body is asked for") {
  RunningServer server;
  TestClient client(server.port());
  const std::string request = post("/early", "hello", "Expect: 100-continue\r\n");
  REQUIRE(client.send(request.substr(0, request.size() - 5)));
  CHECK(client.receive_answer()->status == 404);
  CHECK(client.ends());
}

TEST_CASE("another expectation than 100-continue is 417") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/echo", "", "Expect: the-unexpected\r\n")));
  CHECK(client.receive_answer()->status == 417);
  CHECK(client.ends());
}

TEST_CASE(
    "the body of a request answered from its head is skipped up to 64 KiB, and ends the connection beyond") {
  struct Case {
    std::size_t bytes;
    bool chunked;
    bool ends;
  };
  for (const Case test : {Case{64 * 1024, false, false}, Case{64 * 1024 + 1, false, true},
                          Case{64 * 1024, true, false}, Case{128 * 1024, true, true}}) {
    INFO(test.bytes << (test.chunked ? " chunked" : ""));
    RunningServer server;
    TestClient client(server.port());
    const std::string body(test.bytes, 'x');
    if (test.chunked) {
      char size[16];
      std::snprintf(size, sizeof size, "%zx\r\n", body.size());
      client.send("POST /early HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + (size + body) +
                  "\r\n0\r\n\r\n");
    } else {
      client.send(post("/early", body));
    }
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->status == 404);
    CHECK((answer->head.find("Connection: close") != std::string::npos) == test.ends);
    if (!test.ends) {
      REQUIRE(client.send(post("/echo", "next")));
      CHECK(client.receive_answer()->body == "next");
    }
  }
}

TEST_CASE("what is not HTTP/1.1 is answered 400, and the connection ends") {
  const char* const kBad[] = {
      "rubbish\r\n\r\n",
      "GET /echo HTTP/2.0\r\nHost: t\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: one\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nno-size\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
      "POST /head HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain;\r\n folded\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: t\r\nbad header\r\n\r\n",
  };
  for (const char* request : kBad) {
    INFO(request);
    RunningServer server;
    TestClient client(server.port());
    REQUIRE(client.send(request));
    const auto answer = client.receive_answer();
    REQUIRE(answer);
    CHECK(answer->status == 400);
    CHECK_THAT(answer->head, Catch::Contains("Connection: close") && !Catch::Contains("Retry-After"));
    client.half_close();
    CHECK(client.ends());
    CHECK(server.observer.wait_for_failure("not HTTP/1.1"));
  }
}

TEST_CASE("a client that half-closes after its request still gets the answer") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/echo", "hello")));
  client.half_close();
  CHECK(client.receive_answer()->body == "hello");
  CHECK(client.ends());
}

TEST_CASE("a client that leaves within a request costs its connection only") {
  RunningServer server;
  {
    TestClient client(server.port());
    const std::string request = post("/echo", "hello");
    REQUIRE(client.send(request.substr(0, request.size() - 1)));
    REQUIRE(server.service.wait_for_fed(4));
  }
  CHECK(server.service.wait_for_abandoned(1));
  CHECK(server.observer.wait_for_failure("within a request"));
  CHECK(server.observer.wait_for_closed(1));
}

TEST_CASE("an exception of the service ends its connection, and the server lives") {
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/throw", "hello")));
  CHECK(client.ends());
  CHECK(server.observer.wait_for_failure("exception"));
  TestClient next(server.port());
  REQUIRE(next.send(post("/echo", "hello")));
  CHECK(next.receive_answer()->body == "hello");
}

TEST_CASE("a violated invariant ends its request with HTTP 500, and the server lives") {
  set_on_violation(OnViolation::throw_error);
  RunningServer server;
  TestClient client(server.port());
  REQUIRE(client.send(post("/violate", "hello")));
  const auto answer = client.receive_answer();
  REQUIRE(answer);
  CHECK(answer->status == 500);
  CHECK(answer->body.find("hello") == std::string::npos);
  CHECK(client.ends());
  CHECK(server.observer.wait_for_failure("invariant violated: nobody asks for /violate"));
  CHECK(server.service.wait_for_abandoned(1));
  TestClient next(server.port());
  REQUIRE(next.send(post("/echo", "hello")));
  CHECK(next.receive_answer()->body == "hello");
  set_on_violation(OnViolation::end_process);
}

TEST_CASE("after the answer the read buffer holds nothing of the request") {
  RunningServer server;
  TestClient client(server.port());
  const std::string secret(1000, 's');
  REQUIRE(client.send(post("/echo", secret)));
  REQUIRE(client.receive_answer()->body == secret);
  REQUIRE(client.send("GET /look HTTP/1.1\r\nHost: t\r\n\r\n"));  // shorter than the first request's header
  CHECK(client.receive_answer()->body == std::string(1000, '\0'));
}

TEST_CASE("connections are dealt out to the threads in turn") {
  RunningServer server(Bounds(), nullptr, 2);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<TestClient>(server.port()));
    REQUIRE(clients.back()->send(post("/echo", std::to_string(i))));
    CHECK(clients.back()->receive_answer()->body == std::to_string(i));
  }
  const auto threads = server.service.threads();
  REQUIRE(threads.size() == 4);
  CHECK(threads[0] != threads[1]);
  CHECK(threads[0] == threads[2]);
  CHECK(threads[1] == threads[3]);
}

}  // namespace hygiene::test
