#include "net/dial.hpp"

#include <map>

#include <catch2/catch.hpp>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "support/run_to_end.hpp"
#include "support/scripted_server.hpp"

using namespace hygiene;
using net::ClientTlsMaterial;
using net::TlsClientContext;
using std::chrono::milliseconds;
using test::CertificateWish;
using test::Identity;
using test::make_identity;
using test::ScriptedServer;
using test::ScriptedTls;

namespace {

Identity authority(const char* name = "the CA") {
  CertificateWish wish;
  wish.common_name = name;
  wish.authority = true;
  return make_identity(wish);
}

Identity signed_by(const Identity& issuer, long not_before = -3600, long not_after = 3600) {
  CertificateWish wish;
  wish.common_name = "common.test";
  wish.names = "DNS:api.test,DNS:*.wild.test,IP:127.0.0.1";
  wish.issuer = &issuer;
  wish.not_before = not_before;
  wish.not_after = not_after;
  return make_identity(wish);
}

ScriptedTls serving(Identity identity) {
  ScriptedTls tls;
  tls.identity = std::move(identity);
  return tls;
}

test::ScriptedAnswer say_nothing(const test::ScriptedRequest&) {
  test::ScriptedAnswer answer;
  answer.silence = true;
  return answer;
}

// How opening a connection ended.
struct Outcome {
  bool opened = false;
  Error error;
};

boost::asio::awaitable<Outcome> opened_to(net::Destination to) {
  net::Dialler dialler(co_await boost::asio::this_coro::executor);
  auto opened = co_await dialler.open(to);
  Outcome outcome;
  outcome.opened = opened.has_value();
  if (!opened) outcome.error = opened.error();
  co_return outcome;
}

Outcome dial(const ScriptedServer& server, const ClientTlsMaterial& material, const std::string& name = "") {
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = server.port();
  to.server_name = name;
  to.tls = TlsClientContext::make(material).value();
  boost::asio::io_context context{1};
  return test::run_to_end(context, opened_to(to));
}

// The socket of this process that is connected to a port of loopback; -1 if there is none.
int socket_to(std::uint16_t port) {
  int found = -1;
  DIR* open = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(open)) {
    const int fd = std::atoi(entry->d_name);
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const bool connected = getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (connected && peer.sin_family == AF_INET && peer.sin_port == htons(port)) found = fd;
  }
  closedir(open);
  return found;
}

// What the kernel is told of the connection, in seconds but for the user timeout, in milliseconds.
boost::asio::awaitable<std::map<std::string, int>> probes_of(net::Destination to) {
  net::Dialler dialler(co_await boost::asio::this_coro::executor);
  const auto opened = co_await dialler.open(to);
  std::map<std::string, int> options;
  const int fd = opened ? socket_to(to.port) : -1;
  const auto read = [&](const char* name, int level, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(fd, level, option, &value, &size);
    options[name] = value;
  };
  read("on", SOL_SOCKET, SO_KEEPALIVE);
  read("idle", IPPROTO_TCP, TCP_KEEPIDLE);
  read("interval", IPPROTO_TCP, TCP_KEEPINTVL);
  read("count", IPPROTO_TCP, TCP_KEEPCNT);
  read("user timeout", IPPROTO_TCP, TCP_USER_TIMEOUT);
  co_return options;
}

}  // namespace

TEST_CASE("a peer that is gone without a word is noticed within 45 s, where that is asked for") {
  const Identity ca = authority();
  ScriptedServer server(say_nothing, serving(signed_by(ca)));
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = server.port();
  to.tls = TlsClientContext::make({ca.certificate_pem(), "", "", true}).value();
  boost::asio::io_context context{1};
  CHECK(test::run_to_end(context, probes_of(to)).at("on") == 0);
  to.probes.emplace();
  context.restart();
  const auto probes = test::run_to_end(context, probes_of(to));
  CHECK(probes == std::map<std::string, int>{
                      {"on", 1}, {"idle", 30}, {"interval", 5}, {"count", 3}, {"user timeout", 45'000}});
}

TEST_CASE(
    "a server's certificate must bear the name that was asked for: a DNS name or an address, no common "
    "name") {
  const auto [name, trusted] = GENERATE(table<std::string, bool>({{"", true},
                                                                  {"127.0.0.1", true},
                                                                  {"api.test", true},
                                                                  {"API.test", true},
                                                                  {"a.wild.test", true},
                                                                  {"a.b.wild.test", false},
                                                                  {"common.test", false},
                                                                  {"127.0.0.2", false},
                                                                  {"::1", false},
                                                                  {"x.api.test", false}}));
  INFO(name);
  const Identity ca = authority();
  ScriptedServer server(say_nothing, serving(signed_by(ca)));
  const Outcome outcome = dial(server, {ca.certificate_pem(), "", "", true}, name);
  CHECK(outcome.opened == trusted);
  if (trusted) return;
  CHECK(outcome.error.code() == Errc::denied);
  CHECK_THAT(outcome.error.message(),
             Catch::Contains("the certificate of https://127.0.0.1:") && Catch::Contains("mismatch"));
}

TEST_CASE("a common name is no name of a server, also where the certificate bears no other") {
  const Identity ca = authority();
  CertificateWish wish;
  wish.common_name = "common.test";
  wish.issuer = &ca;
  ScriptedServer server(say_nothing, serving(make_identity(wish)));
  const Outcome outcome = dial(server, {ca.certificate_pem(), "", "", true}, "common.test");
  CHECK_FALSE(outcome.opened);
  CHECK(outcome.error.code() == Errc::denied);
}

TEST_CASE("a certificate outside its time is refused, and the sentence thinks of the clock") {
  const Identity ca = authority();
  ScriptedServer expired(say_nothing, serving(signed_by(ca, -7200, -60)));
  const Outcome late = dial(expired, {ca.certificate_pem(), "", "", true});
  CHECK(late.error.code() == Errc::denied);
  CHECK_THAT(late.error.message(), Catch::EndsWith("has expired, or the clock of this machine is ahead"));
  ScriptedServer future(say_nothing, serving(signed_by(ca, 60, 7200)));
  const Outcome early = dial(future, {ca.certificate_pem(), "", "", true});
  CHECK(early.error.code() == Errc::denied);
  CHECK_THAT(early.error.message(), Catch::EndsWith("not yet valid, or the clock of this machine is behind"));
}

TEST_CASE(
    "a certificate of another CA is refused, also of one with the same name; one of several CAs is enough") {
  const Identity ca = authority();
  const Identity other = authority();
  ScriptedServer server(say_nothing, serving(signed_by(ca)));
  const Outcome refused = dial(server, {other.certificate_pem(), "", "", true});
  CHECK(refused.error.code() == Errc::denied);
  const std::string unrelated = authority("a third CA").certificate_pem();
  CHECK(dial(server, {unrelated + ca.certificate_pem(), "", "", true}).opened);
  CHECK(dial(server, {"", "", "", true}).error.code() == Errc::denied);  // the system's know nothing of it
  CHECK(dial(server, {other.certificate_pem(), "", "", false}).opened);
}

TEST_CASE("a server that demands a client certificate gets ours, and none or a stranger's does not pass") {
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  const bool verify = GENERATE(true, false);
  const Identity ca = authority();
  const Identity ours = signed_by(ca);
  const Identity stranger = signed_by(authority("another CA"));
  ScriptedTls tls = serving(signed_by(ca));
  tls.client_ca = &ca;
  tls.demands = true;
  tls.version_max = version;
  ScriptedServer server(say_nothing, tls);
  // Where nothing is verified the server's certificate may be anybody's, and that is not why it ends.
  const std::string trusted = verify ? ca.certificate_pem() : authority("a third CA").certificate_pem();
  CHECK(dial(server, {trusted, ours.certificate_pem(), ours.key_pem(), verify}).opened);
  if (version == TLS1_3_VERSION)
    return;  // the client learns of a refusal with the answer: the API client's tests
  for (const Identity* given : {static_cast<const Identity*>(nullptr), &stranger}) {
    ClientTlsMaterial material{trusted, "", "", verify};
    if (given != nullptr)
      material.certificate_pem = given->certificate_pem(), material.key_pem = given->key_pem();
    const Outcome outcome = dial(server, material);
    REQUIRE_FALSE(outcome.opened);
    // It is not the server's certificate that is refused.
    CHECK(outcome.error.code() == Errc::io);
    CHECK_THAT(outcome.error.message(), Catch::Contains("the TLS handshake with https://127.0.0.1:"));
  }
}

TEST_CASE("nobody listening, and a server without TLS, are errors that name the destination") {
  std::uint16_t port = 0;
  {
    const ScriptedServer gone(say_nothing);
    port = gone.port();
  }
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = port;
  boost::asio::io_context context{1};
  const Outcome refused = test::run_to_end(context, opened_to(to));
  CHECK(refused.error.code() == Errc::io);
  CHECK(refused.error.message() ==
        "cannot reach http://127.0.0.1:" + std::to_string(port) + ": Connection refused");
  to.host = "no-such-host.invalid";
  const Outcome unknown = test::run_to_end(context, opened_to(to));
  CHECK(unknown.error.code() == Errc::io);
  CHECK_THAT(unknown.error.message(), Catch::Contains("cannot reach http://no-such-host.invalid:"));
  to.host = "fd00::1";
  CHECK(to.url() == "http://[fd00::1]:" + std::to_string(port));
}

TEST_CASE(
    "the certificate that a server shows is told without trusting it, also where it demands one of us") {
  const Identity ca = authority();
  ScriptedTls tls = serving(signed_by(ca, -7200, -60));
  tls.client_ca = &ca;
  tls.demands = GENERATE(true, false);
  tls.version_max = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  ScriptedServer server(say_nothing, tls);
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = server.port();
  boost::asio::io_context context{1};
  const auto shown = test::run_to_end(context, net::certificate_shown_by(to, milliseconds(60'000)));
  REQUIRE(shown.has_value());
  CHECK(shown->subject == "CN=common.test");
}

TEST_CASE("a server that shows no certificate is given up in time") {
  ScriptedServer silent(say_nothing);
  net::Destination to;
  to.host = "127.0.0.1";
  to.port = silent.port();
  boost::asio::io_context context{1};
  const auto shown = test::run_to_end(context, net::certificate_shown_by(to, milliseconds(100)));
  REQUIRE(shown.has_error());
  CHECK(shown.error().message() ==
        "https://127.0.0.1:" + std::to_string(to.port) + " did not answer in time");
}

TEST_CASE("TLS material of a client that cannot serve is refused with a sentence that says why") {
  const Identity good = signed_by(authority());
  const std::string pem = good.certificate_pem();
  struct Case {
    ClientTlsMaterial material;
    Errc code;
    const char* sentence;
  };
  const std::vector<Case> cases = {
      {{"rubbish", "", "", true}, Errc::syntax, "the CA is not PEM"},
      {{pem + pem.substr(0, 100), "", "", true}, Errc::syntax, "the CA is not PEM"},
      {{"", pem, "", true}, Errc::missing, "must be given together"},
      {{"", "", good.key_pem(), true}, Errc::missing, "must be given together"},
      {{"", "rubbish", good.key_pem(), true}, Errc::syntax, "the client certificate is not PEM"},
      {{"", pem, "rubbish", true}, Errc::syntax, "the key is not PEM"},
      {{"", pem, good.encrypted_key_pem(), true}, Errc::unsupported, "the key is encrypted"},
      {{"", pem, signed_by(authority()).key_pem(), true},
       Errc::invalid,
       "the key of the client certificate"}};
  for (const Case& row : cases) {
    INFO(row.sentence);
    const auto made = TlsClientContext::make(row.material);
    REQUIRE(made.has_error());
    CHECK(made.error().code() == row.code);
    CHECK_THAT(made.error().message(), Catch::Contains(row.sentence));
  }
}
