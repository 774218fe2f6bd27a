#include <catch2/catch.hpp>

#include "cluster/api_fixture.hpp"
#include "cluster/exec_plugin.hpp"
#include "support/temporary_folder.hpp"

namespace hygiene::test {

namespace {

Identity authority() {
  CertificateWish wish;
  wish.common_name = "cluster CA";
  wish.authority = true;
  return make_identity(wish);
}

Identity signed_by(const Identity& issuer, const std::string& name) {
  CertificateWish wish;
  wish.common_name = name;
  wish.names = "IP:127.0.0.1";
  wish.issuer = &issuer;
  return make_identity(wish);
}

test::ScriptedTls serving(const Identity& identity, const Identity* client_ca, bool demands) {
  test::ScriptedTls tls{identity, client_ca};
  tls.demands = demands;
  return tls;
}

std::unique_ptr<cluster::CredentialSource> fixed(const Identity* identity) {
  auto credential = std::make_shared<cluster::Credential>();
  if (identity != nullptr) {
    credential->certificate_pem = identity->certificate_pem();
    credential->key_pem = identity->key_pem();
  }
  return cluster::make_fixed_credentials(std::move(credential));
}

// In JSON, where a line ends with \n.
std::string escaped(const std::string& pem) {
  std::string text;
  for (const char c : pem) text += c == '\n' ? std::string("\\n") : std::string(1, c);
  return text;
}

Result<base::WipingText> get(Running& running) {
  return running.run(running.client->get(secret("a")));
}

}  // namespace

TEST_CASE(
    "a server that demands a client certificate is served ours; without one the request fails, unsent") {
  const Identity ca = authority();
  const Identity ours = signed_by(ca, "admin");
  const Identity stranger = signed_by(authority(), "admin");
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); },
                        serving(signed_by(ca, "server"), &ca, true));
  const auto ask = [&](const Identity* with) {
    cluster::ClientConfig access = access_to(server, &ca);
    access.credentials = fixed(with);
    Running running(std::move(access));
    return get(running);
  };
  REQUIRE(ask(&ours).has_value());
  CHECK(server.requests().back().client_name == "admin");
  CHECK_THAT(server.requests().back().head, !Catch::Contains("Authorization"));
  for (const Identity* with : {static_cast<const Identity*>(nullptr), &stranger}) {
    const auto got = ask(with);
    REQUIRE(got.has_error());
    CHECK(got.error().code() == Errc::io);
    CHECK_THAT(got.error().message(), Catch::StartsWith("the test: "));
  }
  CHECK(server.requests().size() == 1);
}

TEST_CASE("credentials that are refused are renewed once, and not at all where there are no others") {
  const Identity ca = authority();
  ScriptedServer server([](const ScriptedRequest&) { return status_answer(401, "Unauthorized", "who?"); },
                        serving(signed_by(ca, "server"), nullptr, false));
  Running renewable(access_to(server, &ca));
  const auto twice = get(renewable);
  REQUIRE(twice.has_error());
  CHECK(twice.error().code() == Errc::denied);
  CHECK_THAT(twice.error().message(), Catch::Contains("(401)") && Catch::Contains("log in again"));
  REQUIRE(server.requests().size() == 2);
  CHECK_THAT(server.requests()[0].head, Catch::Contains("Bearer old"));
  CHECK_THAT(server.requests()[1].head, Catch::Contains("Bearer new"));
  cluster::ClientConfig access = access_to(server, &ca);
  access.credentials = fixed(nullptr);
  Running last(std::move(access));
  CHECK(get(last).has_error());
  CHECK(server.requests().size() == 3);
}

TEST_CASE("a service account's token that was replaced is read anew at the first refusal") {
  const Identity ca = authority();
  test::TemporaryFolder folder;
  const std::string file = folder.write("token", "first");
  ScriptedServer server(
      [](const ScriptedRequest& request) {
        return request.head.find("Bearer second\r\n") == std::string::npos
                   ? status_answer(401, "Unauthorized", "")
                   : answer(200, "{}");
      },
      serving(signed_by(ca, "server"), nullptr, false));
  cluster::ClientConfig access = access_to(server, &ca);
  access.credentials = cluster::make_file_credentials({.token = file, .certificate = {}, .key = {}},
                                                      std::make_shared<cluster::Credential>());
  Running running(std::move(access));
  CHECK(get(running).has_error());
  CHECK(server.requests().size() == 1);  // the file had not changed
  folder.write("token", "second\n");
  CHECK(get(running).has_value());
  CHECK(server.requests().size() == 3);
}

TEST_CASE(
    "a CA that was replaced is read anew once a server is not trusted, and what is no CA is not taken") {
  const auto [usable, code] = GENERATE(table<bool, int>({{true, 0}, {false, 1}}));
  const Identity old = authority();
  const Identity ca = authority();
  test::TemporaryFolder folder;
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); },
                        serving(signed_by(ca, "server"), nullptr, false));
  cluster::ClientConfig access = access_to(server, &old);
  access.ca_file = folder.write("ca.crt", usable ? ca.certificate_pem() : "rubbish");
  access.ca_read_at -= std::chrono::seconds(30);
  Running running(std::move(access));
  const auto got = get(running);
  CHECK(got.has_value() == usable);
  if (!usable) {
    CHECK(got.error().code() == Errc::denied);
    CHECK_THAT(got.error().message(), Catch::Contains("is not trusted"));
  }
  CHECK(server.requests().size() == 1U - static_cast<unsigned>(code));
}

TEST_CASE("a CA is read anew once a minute, before anybody is refused") {
  const Identity ca = authority();
  test::TemporaryFolder folder;
  cluster::ClientConfig access;
  access.ca_pem = "the old one";
  access.ca_file = folder.write("ca.crt", ca.certificate_pem());
  access.renew_ca(cluster::kFileGoodFor);
  CHECK(access.ca_pem == "the old one");
  access.ca_read_at -= cluster::kFileGoodFor;
  access.renew_ca(cluster::kFileGoodFor);
  CHECK(access.ca_pem == ca.certificate_pem());
}

TEST_CASE("a client certificate that was replaced in its files is taken with its key, not before") {
  const Identity ca = authority();
  const Identity expired = signed_by(ca, "expired");
  const Identity fresh = signed_by(ca, "fresh");
  test::TemporaryFolder folder;
  const std::string certificate = folder.write("tls.crt", expired.certificate_pem());
  const std::string key = folder.write("tls.key", expired.key_pem());
  ScriptedServer server(
      [](const ScriptedRequest& request) {
        return request.client_name == "fresh" ? answer(200, "{}") : status_answer(401, "Unauthorized", "");
      },
      serving(signed_by(ca, "server"), &ca, true));
  cluster::ClientConfig access = access_to(server, &ca);
  access.credentials =
      cluster::make_file_credentials({.token = {}, .certificate = certificate, .key = key},
                                     std::make_shared<cluster::Credential>(), std::chrono::seconds(0));
  Running running(std::move(access));
  CHECK(get(running).has_error());
  folder.write("tls.crt", fresh.certificate_pem());
  CHECK(get(running).has_error());
  CHECK(server.requests().back().client_name == "expired");
  folder.write("tls.key", fresh.key_pem());
  CHECK(get(running).has_value());
  CHECK(server.requests().back().client_name == "fresh");
}

TEST_CASE("a plugin's client certificate that is refused is replaced, on a new connection") {
  const Identity ca = authority();
  test::TemporaryFolder folder;
  const auto credential = [&](const char* name) {
    const Identity identity = signed_by(ca, name);
    return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)"
           R"({"clientCertificateData":")" +
           escaped(identity.certificate_pem()) + R"(","clientKeyData":")" + escaped(identity.key_pem()) +
           "\"}}";
  };
  folder.write("1", credential("expired"));
  folder.write("2", credential("fresh"));
  cluster::ExecPlugin plugin;
  plugin.command = folder.script("plugin",
                                 "cd \"$(dirname \"$0\")\"\necho run >> runs\n"
                                 "cat \"$(wc -l < runs | tr -d ' ')\"\n");
  ScriptedServer server(
      [](const ScriptedRequest& request) {
        return request.client_name == "fresh" ? answer(200, "{}") : status_answer(401, "Unauthorized", "");
      },
      serving(signed_by(ca, "server"), &ca, true));
  cluster::ClientConfig access = access_to(server, &ca);
  access.credentials = cluster::ExecPlugins().source(plugin);
  Running running(std::move(access));
  CHECK(get(running).has_value());
  CHECK(get(running).has_value());
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].client_name == "expired");
  CHECK(seen[1].client_name == "fresh");
  CHECK(seen[2].connection == seen[1].connection);
}

TEST_CASE("a plugin that fails, and a CA that is none, are errors that name the context") {
  ScriptedServer server([](const ScriptedRequest&) { return answer(200, "{}"); });
  cluster::ClientConfig access = access_to(server);
  cluster::ExecPlugin plugin;
  plugin.command = "false";
  access.credentials = cluster::ExecPlugins().source(plugin);
  Running running(std::move(access));
  CHECK(get(running).error().message() == "the test: the credential plugin false: it failed with status 1");
  CHECK(server.requests().empty());
  cluster::ClientConfig untrusting = access_to(server);
  untrusting.tls = true;
  untrusting.ca_pem = "rubbish";
  boost::asio::io_context context;
  const auto made = cluster::ApiClient::make(context.get_executor(), std::move(untrusting));
  REQUIRE(made.has_error());
  CHECK_THAT(made.error().message(), Catch::StartsWith("the test: the CA is not PEM"));
}

}  // namespace hygiene::test
