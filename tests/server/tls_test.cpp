// TLS as a client meets it.
#include <atomic>

#include <catch2/catch.hpp>

#include "server/running_server.hpp"
#include "support/test_client.hpp"

namespace hygiene::test {

using net::TlsContext;
using net::TlsMaterial;
using server::Bound;
using server::Bounds;

namespace {

std::shared_ptr<const TlsContext> context(const Identity* client_ca = nullptr,
                                          const std::string& client_name = "") {
  const Identity server = make_identity(CertificateWish());
  TlsMaterial material;
  material.certificate_pem = server.certificate_pem();
  material.key_pem = server.key_pem();
  if (client_ca != nullptr) material.client_ca_pem = client_ca->certificate_pem();
  material.client_name = client_name;
  return TlsContext::make(material).value();
}

bool is_served(TestClient& client) {
  const std::string body(100'000, 'x');
  if (!client.send(post("/echo", body))) return false;
  const auto answer = client.receive_answer();
  return answer && answer->body == body;
}

}  // namespace

TEST_CASE("TLS 1.3 and 1.2 are spoken, 1.1 is not") {
  RunningServer server(Bounds(), context());
  for (const auto& [version, name] :
       {std::pair{TLS1_3_VERSION, "TLSv1.3"}, std::pair{TLS1_2_VERSION, "TLSv1.2"}}) {
    INFO(name);
    TestClient client(server.port());
    TlsWish wish;
    wish.version_max = version;
    REQUIRE(client.start_tls(wish));
    CHECK(client.tls_version() == name);
    CHECK(is_served(client));
    CHECK(is_served(client));
  }
  TestClient client(server.port());
  TlsWish wish;
  wish.version_max = TLS1_1_VERSION;
  CHECK_FALSE(client.start_tls(wish));
}

TEST_CASE("http/1.1 is picked where it is offered, and a client that offers only others is refused") {
  struct Case {
    const char* name;
    std::string offered;
    bool accepted;
    const char* picked;
  };
  for (const Case& test : {Case{"none", "", true, ""}, Case{"http/1.1", "\x08http/1.1", true, "http/1.1"},
                           Case{"h2 and http/1.1", "\x02h2\x08http/1.1", true, "http/1.1"},
                           Case{"h2", "\x02h2", false, ""}, Case{"a near miss", "\x08http/1.0", false, ""}}) {
    INFO(test.name);
    RunningServer server(Bounds(), context());
    TestClient client(server.port());
    TlsWish wish;
    wish.alpn = test.offered;
    REQUIRE(client.start_tls(wish) == test.accepted);
    if (!test.accepted) {
      CHECK(server.observer.wait_for_failure("TLS handshake"));
      continue;
    }
    CHECK(client.alpn() == test.picked);
    CHECK(is_served(client));
  }
}

TEST_CASE("only the client certificate that was named gets past the handshake") {
  CertificateWish wish;
  wish.authority = true;
  wish.common_name = "CA";
  const Identity authority = make_identity(wish);
  const Identity other_authority = make_identity(wish);
  const auto client_of = [](const Identity& issuer, const char* common_name, const char* names) {
    CertificateWish client;
    client.issuer = &issuer;
    client.common_name = common_name;
    client.names = names;
    return make_identity(client);
  };
  const Identity by_common_name = client_of(authority, "kube-apiserver", "");
  const Identity by_dns_name = client_of(authority, "other", "DNS:a,DNS:kube-apiserver");
  const Identity stranger = client_of(authority, "kube-apiserver2", "DNS:x.kube-apiserver");
  const Identity forged = client_of(other_authority, "kube-apiserver", "");
  struct Case {
    const char* name;
    const Identity* identity;
    const char* demanded;
    bool served;
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const Case& test : {Case{"named by common name", &by_common_name, "kube-apiserver", true},
                             Case{"named by a DNS name", &by_dns_name, "kube-apiserver", true},
                             Case{"of another name", &stranger, "kube-apiserver", false},
                             Case{"of another name, any demanded", &stranger, "", true},
                             Case{"of another CA", &forged, "kube-apiserver", false},
                             Case{"none", nullptr, "kube-apiserver", false}}) {
      INFO(test.name);
      RunningServer server(Bounds(), context(&authority, test.demanded));
      TestClient client(server.port());
      TlsWish tls;
      tls.identity = test.identity;
      tls.version_max = version;
      CHECK((client.start_tls(tls) && is_served(client)) == test.served);
      if (!test.served) CHECK(server.observer.wait_for_failure("TLS handshake"));
    }
  }
}

TEST_CASE("plain HTTP on the TLS port is told so in the clear") {
  for (const char* request :
       {"GET /echo HTTP/1.1\r\nHost: t\r\n\r\n", "POST /validate HTTP/1.1\r\nHost: t\r\n\r\n"}) {
    RunningServer server(Bounds(), context());
    TestClient client(server.port());
    REQUIRE(client.send(request));
    std::string text;
    for (std::string part = client.receive(); !part.empty(); part = client.receive()) text += part;
    CHECK_THAT(text, Catch::StartsWith("HTTP/1.0 400 Bad Request\r\n") && Catch::Contains("HTTPS"));
    CHECK(server.observer.wait_for_failure("http request"));
  }
}

TEST_CASE("a handshake that does not end in time ends the connection") {
  Bounds bounds;
  bounds.handshake_timeout = std::chrono::milliseconds(150);
  RunningServer server(bounds, context());
  TestClient client(server.port());
  REQUIRE(client.send("\x16\x03\x01"));
  CHECK(client.ends());
  CHECK(server.observer.wait_for_bound(Bound::handshake_time));
}

TEST_CASE(
    "over TLS, too, a client that half-closes gets its answer, and one that never reads loses its "
    "connection") {
  Bounds bounds;
  bounds.write_timeout = std::chrono::milliseconds(150);
  RunningServer server(bounds, context());
  TestClient half(server.port());
  REQUIRE(half.start_tls());
  REQUIRE(half.send(post("/echo", "hello")));
  half.half_close();
  CHECK(half.receive_answer()->body == "hello");
  CHECK(half.ends());
  TestClient deaf(server.port());
  deaf.shrink_receive_buffer();
  REQUIRE(deaf.start_tls());
  REQUIRE(deaf.send(post("/huge", "")));
  CHECK(server.observer.wait_for_bound(Bound::write_time));
}

TEST_CASE("over TLS, too, requests may arrive byte by byte and in pipelines larger than a turn") {
  RunningServer server(Bounds(), context());
  TestClient client(server.port());
  REQUIRE(client.start_tls());
  const std::string request = post("/echo", "hello world");
  for (const char byte : request) REQUIRE(client.send(std::string_view(&byte, 1)));
  CHECK(client.receive_answer()->body == "hello world");
  const std::string large = post("/echo", std::string(300'000, 'x'));
  REQUIRE(client.send(large + large));
  CHECK(client.receive_answer()->body.size() == 300'000);
  CHECK(client.receive_answer()->body.size() == 300'000);
}

TEST_CASE("over TLS, too, the read buffer holds nothing of the request after the answer") {
  RunningServer server(Bounds(), context());
  TestClient client(server.port());
  REQUIRE(client.start_tls());
  REQUIRE(client.send(post("/echo", std::string(1000, 's'))));
  REQUIRE(client.receive_answer());
  REQUIRE(client.send("GET /look HTTP/1.1\r\nHost: t\r\n\r\n"));  // shorter than the first request's header
  CHECK(client.receive_answer()->body == std::string(1000, '\0'));
}

TEST_CASE("two threads serve several clients at once over TLS") {
  RunningServer server(Bounds(), context(), 2);
  std::vector<std::thread> clients;
  std::atomic<int> served = 0;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      TestClient client(server.port());
      if (!client.start_tls()) return;
      for (int k = 0; k < 20; ++k) served += is_served(client) ? 1 : 0;
    });
  }
  for (auto& client : clients) client.join();
  CHECK(served == 80);
}

}  // namespace hygiene::test
