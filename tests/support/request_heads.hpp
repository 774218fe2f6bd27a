// Heads of requests, and whether the webhook's server and the proxy take them. Where the two differ, the row
// says why. The server reads with Boost.Beast, so a row that the server alone takes is a case for which the
// proxy needs a reader of its own: what it passes on is read once more, by another parser.
// Thread-safety: immutable.
#pragma once

#include <string>
#include <vector>

namespace hygiene::test {

struct RequestHeadCase {
  const char* rule;
  std::string text;  // with a body, so that a chunked one ends
  bool server;
  bool proxy;
};

// `lines` behind a request line and a Host.
inline std::string post_with(const std::string& lines, const std::string& body = "0\r\n\r\n") {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n" + body;
}

inline std::vector<RequestHeadCase> request_heads() {
  const auto get = [](const std::string& lines) { return "GET /x HTTP/1.1\r\n" + lines + "\r\n"; };
  const auto target = [](const std::string& text) { return text + " HTTP/1.1\r\nHost: h\r\n\r\n"; };
  return {
      // RFC 9112, section 3.2: one Host header, with a valid value.
      {"one Host", get("Host: h\r\n"), true, true},
      {"a port", get("Host: h.ns.svc:8443\r\n"), true, true},
      {"an address", get("Host: 127.0.0.1\r\n"), true, true},
      {"an IPv6 address", get("Host: [::1]:443\r\n"), true, true},
      {"an empty port", get("Host: h:\r\n"), true, true},
      {"an empty Host, of a URL without an authority", get("Host:\r\n"), true, true},
      {"white space around it", get("hOST: \t h \t \r\n"), true, true},
      {"no Host", get(""), false, false},
      {"no Host, but others", get("X-Host: h\r\nHos: h\r\n"), false, false},
      {"two Hosts", get("Host: h\r\nHost: i\r\n"), false, false},
      {"two Hosts that are alike", get("Host: h\r\nHost: h\r\n"), false, false},
      {"two Hosts, one of them empty", get("Host:\r\nHost: h\r\n"), false, false},
      {"no name", get("Host: a b@/\r\n"), false, false},
      {"user information", get("Host: u@h\r\n"), false, false},
      {"a path", get("Host: h/x\r\n"), false, false},
      {"a URL", get("Host: http://h\r\n"), false, false},
      {"two names", get("Host: h, i\r\n"), false, false},
      {"a port that is none", get("Host: h:x\r\n"), false, false},
      {"two ports", get("Host: h:1:2\r\n"), false, false},
      {"an IPv6 address without brackets", get("Host: ::1\r\n"), false, false},
      {"a bracket that is not closed", get("Host: [::1\r\n"), false, false},
      {"text behind a bracket", get("Host: [::1]x\r\n"), false, false},
      {"no address in brackets", get("Host: []\r\n"), false, false},
      {"a name in brackets", get("Host: [h]\r\n"), false, false},
      {"a byte beyond ASCII", get("Host: h\xC3\xA9\r\n"), false, false},
      {"HTTP/1.0 with a Host", "GET /x HTTP/1.0\r\nHost: h\r\n\r\n", true, true},
      {"HTTP/1.0 knows no Host; behind the proxy all are asked in its name", "GET /x HTTP/1.0\r\n\r\n", true,
       false},
      {"HTTP/1.0 with two Hosts", "GET /x HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", false, false},
      // Section 3.2: the forms of a target.
      {"a path", target("GET /"), true, true},
      {"a path and a query", target("GET /x?y=/z?"), true, true},
      {"* with OPTIONS", target("OPTIONS *"), true, true},
      {"* with another method", target("GET *"), false, false},
      {"a URL: the proxy is no HTTP proxy, and would have to know what it means as a path",
       target("GET http://h/x"), true, false},
      {"a URL of another host", target("GET HTTPS://i:8443/x?y"), true, false},
      {"a URL without a path", target("GET http://h"), true, false},
      {"a URL without a host", target("GET http:///x"), false, false},
      {"a URL with user information", target("GET http://u@h/x"), false, false},
      {"a URL of another scheme", target("GET ftp://h/x"), false, false},
      {"a URL and no Host", "GET http://h/x HTTP/1.1\r\n\r\n", false, false},
      {"an authority", target("CONNECT h:1"), false, false},
      {"a relative path", target("GET x"), false, false},
      {"a path without a slash", target("GET ?x"), false, false},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", false, false},
      {"two blanks", target("GET  /x"), false, false},
      {"a blank in the target", target("GET /x y"), false, false},
      {"a byte beyond ASCII in the target", target("GET /\xC3\xA9"), true, true},
      {"CONNECT of a path: the proxy makes no tunnels", target("CONNECT /x"), true, false},
      {"no HTTP/2", "GET /x HTTP/2.0\r\nHost: h\r\n\r\n", false, false},
      {"no HTTP/0.9", "GET /x\r\n\r\n", false, false},
      {"a version of one digit", "GET /x HTTP/1\r\nHost: h\r\n\r\n", false, false},
      // Sections 6.1 and 7: chunked, and nothing else.
      {"chunked", post_with("Transfer-Encoding: chunked\r\n"), true, true},
      {"chunked in capitals", post_with("Transfer-Encoding: \tCHUNKED \r\n"), true, true},
      {"chunked and more", post_with("Transfer-Encoding: chunked junk\r\n"), false, false},
      {"chunked with a parameter", post_with("Transfer-Encoding: chunked;q=1\r\n"), false, false},
      {"chunked with an empty parameter", post_with("Transfer-Encoding: chunked;\r\n"), false, false},
      {"chunked in quotes", post_with("Transfer-Encoding: \"chunked\"\r\n"), false, false},
      {"a list", post_with("Transfer-Encoding: gzip, chunked\r\n"), false, false},
      {"a list with an empty entry", post_with("Transfer-Encoding: ,chunked\r\n"), false, false},
      {"a list that ends empty", post_with("Transfer-Encoding: chunked,\r\n"), false, false},
      {"chunked twice in a list", post_with("Transfer-Encoding: chunked, chunked\r\n"), false, false},
      {"two headers", post_with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), false, false},
      {"two headers that are alike",
       post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), false, false},
      {"another coding", post_with("Transfer-Encoding: gzip\r\n"), false, false},
      {"identity", post_with("Transfer-Encoding: identity\r\n"), false, false},
      {"no coding", post_with("Transfer-Encoding:\r\n"), false, false},
      {"a coding that is chunked but for a byte", post_with("Transfer-Encoding: xchunked\r\n"), false, false},
      {"a length too", post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), false, false},
      {"a length too, behind it", post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), false,
       false},
      {"chunked with HTTP/1.0", "POST /x HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       false, false},
      // Section 6.3: a length is digits alone, once.
      {"a length", post_with("Content-Length: 5\r\n"), true, true},
      {"a length with zeros", post_with("Content-Length: 0005\r\n"), true, true},
      {"a sign", post_with("Content-Length: +5\r\n"), false, false},
      {"a negative length", post_with("Content-Length: -5\r\n"), false, false},
      {"hexadecimal", post_with("Content-Length: 0x5\r\n"), false, false},
      {"a blank within", post_with("Content-Length: 5 5\r\n"), false, false},
      {"no length", post_with("Content-Length:\r\n"), false, false},
      {"two lengths", post_with("Content-Length: 5\r\nContent-Length: 6\r\n"), false, false},
      {"a list of lengths", post_with("Content-Length: 5, 6\r\n"), false, false},
      {"beyond 64 bits", post_with("Content-Length: 18446744073709551621\r\n"), false, false},
      // Sections 2.2 and 5: lines.
      {"a field without a value", post_with("Content-Length: 5\r\nA:\r\n"), true, true},
      {"a tab in a value", post_with("Content-Length: 5\r\nA: b\tc\r\n"), true, true},
      {"a byte beyond ASCII in a value", post_with("Content-Length: 5\r\nA: \xFF\r\n"), true, true},
      {"white space before the colon", get("Host: h\r\nA : b\r\n"), false, false},
      {"a line without a colon", get("Host: h\r\nA\r\n"), false, false},
      {"a field without a name", get("Host: h\r\n: b\r\n"), false, false},
      {"a name that is no token", get("Host: h\r\nA(: b\r\n"), false, false},
      {"a control character in a value", get("Host: h\r\nA: \x01\r\n"), false, false},
      {"DEL in a value", get("Host: h\r\nA: \x7F\r\n"), false, false},
      {"a CR within a line", get("Host: h\r\nA: b\rc\r\n"), false, false},
      {"lines that end with LF alone", "GET /x HTTP/1.1\nHost: h\n\n", false, false},
      {"one line that ends with LF alone", get("Host: h\r\nA: b\nB: c\r\n"), false, false},
      {"a tab in the request line", "GET\t/x HTTP/1.1\r\nHost: h\r\n\r\n", false, false},
      {"a blank before the method", " GET /x HTTP/1.1\r\nHost: h\r\n\r\n", false, false},
      {"a method that is no token", target("G@T /x"), false, false},
      {"an empty line before the request", "\r\n" + get("Host: h\r\n"), false, false},
      // What Beast lets through.
      {"a folded line: readers join it in different ways, or take it for a header of its own",
       get("Host: h\r\nA: b\r\n c\r\n"), true, false},
      {"a length twice, alike: which one counts is settled, but not by all",
       post_with("Content-Length: 5\r\nContent-Length: 5\r\n"), true, false},
      {"a list of lengths that are alike", post_with("Content-Length: 5, 5\r\n"), true, false},
  };
}

}  // namespace hygiene::test
