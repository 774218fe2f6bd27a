// Which heads of requests pass, what is read of them, and how they go on.
#include "proxy/request_head.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "support/request_heads.hpp"

namespace hygiene::proxy {

namespace {

std::string head_with(const std::string& lines) {
  return "GET /x HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
}

unsigned status_of(const std::string& input) {
  const HeadReading reading = read_request_head(input);
  CHECK_FALSE((reading.head && reading.status != 0));
  return reading.head ? 200 : reading.status;
}

}  // namespace

TEST_CASE("a head is read, and not what comes after it") {
  const std::string input = "POST /a?b HTTP/1.1\r\nhost:  h:1 \r\nX: \r\ncontent-length: 5\r\n\r\nhelloGET";
  const auto head = read_request_head(input).head;
  REQUIRE(head);
  CHECK(head->method == "POST");
  CHECK(head->target == "/a?b");
  CHECK(head->host == "h:1");
  CHECK(head->size == input.size() - 8);
  CHECK(head->framing.kind == Framing::Kind::length);
  CHECK(head->framing.length == 5);
  CHECK_FALSE(head->authorized);
  CHECK_FALSE(head->upgrade);
}

TEST_CASE("a head that is cut anywhere is not whole yet") {
  const std::string whole = head_with("Transfer-Encoding: Chunked\r\nAuthorization: Bearer a\r\n");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    INFO(cut);
    CHECK(status_of(whole.substr(0, cut)) == 0);
  }
  const auto head = read_request_head(whole).head;
  REQUIRE(head);
  CHECK(head->framing.kind == Framing::Kind::chunked);
  CHECK(head->authorized);
}

TEST_CASE("a request to upgrade needs both headers") {
  CHECK(read_request_head(head_with("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"))
            .head->upgrade);
  CHECK_FALSE(read_request_head(head_with("Connection: keep-alive\r\nUpgrade: websocket\r\n")).head->upgrade);
  CHECK_FALSE(read_request_head(head_with("Connection: upgrade\r\n")).head->upgrade);
}

TEST_CASE("the proxy takes heads of requests or refuses them, row by row") {
  for (const auto& row : test::request_heads()) {
    INFO(row.rule << ": " << row.text);
    CHECK(status_of(row.text) == (row.proxy ? 200 : 400));
  }
}

TEST_CASE("what an API server could read in another way is refused") {
  for (const std::string lines : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                  "Content-Length: 5\r\nContent-Length: 5\r\n",
                                  "Content-Length: 5, 5\r\n",
                                  "Content-Length: +5\r\n",
                                  "Content-Length: -1\r\n",
                                  "Content-Length: \r\n",
                                  "Content-Length: 0x5\r\n",
                                  "Content-Length: 9999999999999999999\r\n",
                                  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                  "Transfer-Encoding: gzip, chunked\r\n",
                                  "Transfer-Encoding: identity\r\n",
                                  "Transfer-Encoding: chunked;a\r\n",
                                  "Host: h\r\n",
                                  "A : b\r\n",
                                  "A: b\r\n folded\r\n",
                                  "no colon\r\n",
                                  ": b\r\n",
                                  "A: b\nB: c\r\n",
                                  "A: b\rc\r\n",
                                  "A\tB: c\r\n",
                                  "A: \x01\r\n",
                                  "A: \x7f\r\n"}) {
    INFO(lines);
    CHECK(status_of(head_with(lines)) == 400);
  }
  for (const std::string line :
       {"GET /x HTTP/2.0", "GET /x HTTP/0.9", "GET /x", "GET  /x HTTP/1.1", "GET /x  HTTP/1.1",
        "GET /x y HTTP/1.1", "GET http://h/x HTTP/1.1", "GET x HTTP/1.1", "GET * HTTP/1.1",
        "CONNECT h:1 HTTP/1.1", "CONNECT /x HTTP/1.1", " GET /x HTTP/1.1", "G@T /x HTTP/1.1",
        "GET /\tx HTTP/1.1", "", "PRI * HTTP/2.0"}) {
    INFO(line);
    CHECK(status_of(line + "\r\nHost: h\r\n\r\n") == 400);
  }
  CHECK(status_of("GET /x HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET /x HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  // It will never be whole by our reading, and is by another.
  CHECK(status_of("GET /x HTTP/1.1\nHost: h\n\n") == 400);
}

TEST_CASE("what is legal passes") {
  CHECK(status_of("GET /x HTTP/1.0\r\nHost: h\r\n\r\n") == 200);
  CHECK(status_of("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") == 200);
  CHECK(status_of("GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\nA:\tb\tc\xff\r\n\r\n") == 200);
  CHECK(status_of(head_with("Expect: 100-continue\r\nContent-Length: 000\r\n")) == 200);
}

TEST_CASE("a head is at most 64 KiB long") {
  const std::string empty = head_with("A: \r\n");
  const auto of_size = [&](std::size_t size) {
    return head_with("A: " + std::string(size - empty.size(), 'a') + "\r\n");
  };
  CHECK(status_of(of_size(kHeadBytesMax)) == 200);
  CHECK(status_of(of_size(kHeadBytesMax + 1)) == 431);
  CHECK(status_of(std::string(kHeadBytesMax, 'a')) == 431);
}

TEST_CASE("a head goes on with what was changed, and all else as it was") {
  const std::string whole = "GET /a HTTP/1.1\r\nA: b\r\nhOsT: h:1 \r\nC: d\r\n\r\nrest";
  const auto head = read_request_head(whole).head;
  REQUIRE(head);
  CHECK(changed_head(whole, *head, {}) == whole.substr(0, whole.size() - 4));
  CHECK(changed_head(whole, *head, {"/base", "/b?c", "api:6443", ""}) ==
        "GET /base/b?c HTTP/1.1\r\nA: b\r\nhOsT: api:6443 \r\nC: d\r\n\r\n");
  CHECK(changed_head(whole, *head, {"", "", "", "token"}) ==
        "GET /a HTTP/1.1\r\nAuthorization: Bearer token\r\nA: b\r\nhOsT: h:1 \r\nC: d\r\n\r\n");
}

}  // namespace hygiene::proxy
