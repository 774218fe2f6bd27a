#include "commands/certs.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "cluster/base64_text.hpp"
#include "net/certificate.hpp"
#include "support/fake_cluster.hpp"
#include "support/json_oracle.hpp"

using namespace hygiene;
using test::FakeCluster;
using test::ScriptedRequest;
using test::ScriptedServer;

namespace {

const std::string kSecret = "/api/v1/namespaces/secret-hygiene/secrets/secret-hygiene-tls";
const std::string kRegistration = "/apis/admissionregistration.k8s.io/v1/";
const std::string kValidating = kRegistration + "validatingwebhookconfigurations/secret-hygiene";
const std::string kMutating = kRegistration + "mutatingwebhookconfigurations/secret-hygiene";
const std::string kSlices = "/apis/discovery.k8s.io/v1/namespaces/secret-hygiene/endpointslices";

// A cluster with both configurations, and a kubeconfig that leads to it.
class CertsTest {
 public:
  CertsTest() : server([this](const ScriptedRequest& request) { return fake.handle(request); }) {
    const std::string configuration =
        R"({"metadata":{"name":"secret-hygiene"},"webhooks":[{"name":"w","clientConfig":{"service":)"
        R"({"namespace":"secret-hygiene","name":"secret-hygiene"}}},{"name":"other","clientConfig":)"
        R"({"service":{"namespace":"x","name":"y"}}}]})";
    fake.put(kValidating, configuration);
    fake.put(kMutating, configuration);
    fake.put(kSlices, R"({"metadata":{},"items":[]})");
    file = std::filesystem::temp_directory_path() / ("certs-test-" + std::to_string(server.port()));
    std::ofstream(file) << "current-context: t\nclusters: [{name: c, cluster: {server: '" << server.url()
                        << "'}}]\ncontexts: [{name: t, context: {cluster: c}}]\n";
    options.access.kubeconfig = file.string();
    options.settle = options.wait = std::chrono::milliseconds(0);
    options.probe_pause = std::chrono::milliseconds(1);
  }
  ~CertsTest() { std::filesystem::remove(file); }

  int run(int (*command)(const commands::CertsOptions&, std::ostream&, std::ostream&)) {
    std::ostringstream to_out;
    std::ostringstream to_err;
    const int status = command(options, to_out, to_err);
    out = to_out.str();
    err = to_err.str();
    return status;
  }
  std::string value(const std::string& path, const char* pointer) const {
    const auto decoded = cluster::decode_base64(test::text_at(fake.at(path), pointer));
    return decoded ? std::string(decoded->view()) : "not base64";
  }
  std::string ca() const { return value(kSecret, "/data/ca.crt"); }
  std::string bundle(const std::string& path) const {
    return value(path, "/webhooks/0/clientConfig/caBundle");
  }

  FakeCluster fake;
  ScriptedServer server;
  std::filesystem::path file;
  commands::CertsOptions options;
  std::string out;
  std::string err;
};

}  // namespace

TEST_CASE("certs init makes a pair, puts its CA into our webhooks only, and a second run changes nothing") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  const std::string ca = test.ca();
  const auto facts = net::facts_of_pem(test.value(kSecret, "/data/tls.crt"));
  REQUIRE(facts.has_value());
  CHECK(facts->front().names.front() == "secret-hygiene.secret-hygiene.svc");
  CHECK(test.bundle(kValidating) == ca);
  CHECK(test.bundle(kMutating) == ca);
  CHECK(test.value(kValidating, "/webhooks/1/clientConfig/caBundle").empty());
  const std::string version = test::text_at(test.fake.at(kValidating), "/metadata/resourceVersion");
  REQUIRE(test.run(commands::run_certs_init) == 0);
  CHECK(test.ca() == ca);
  CHECK(test::text_at(test.fake.at(kValidating), "/metadata/resourceVersion") == version);
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK_THAT(test.out,
             Catch::Contains("364 days left") && !Catch::Contains("MISSING") && !Catch::Contains("KEY"));
}

TEST_CASE("certs init never touches a Secret of somebody else, nor makes one where no configuration is") {
  CertsTest test;
  test.fake.put(kSecret, R"({"metadata":{},"type":"kubernetes.io/tls","data":{"tls.crt":"YQ=="}})");
  CHECK(test.run(commands::run_certs_init) == 1);
  CHECK_THAT(test.err, Catch::Contains("is not ours"));
  CHECK(test.value(kSecret, "/data/tls.crt") == "a");
  test.fake.erase(kSecret);
  test.fake.erase(kMutating);
  CHECK(test.run(commands::run_certs_init) == 1);
  CHECK_THAT(test.err,
             Catch::Contains("mutatingwebhookconfigurations") && Catch::Contains("is not installed"));
  CHECK_FALSE(test.fake.has(kSecret));
}

TEST_CASE("certs rotate renews from two thirds of the life on, and not before") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  const auto begin = net::facts_of_pem(test.value(kSecret, "/data/tls.crt"))->front();
  const auto third = (begin.not_after - begin.not_before) / 3;
  const std::string old = test.ca();
  test.options.now = begin.not_before + 2 * third - std::chrono::seconds(1);
  CHECK(test.run(commands::run_certs_rotate) == 0);
  CHECK(test.ca() == old);
  test.options.now = begin.not_before + 2 * third + std::chrono::seconds(1);
  CHECK(test.run(commands::run_certs_rotate) == 1);
  CHECK_THAT(test.err, Catch::Contains("both CAs stay trusted") && Catch::Contains("--probe"));
  const auto both = net::split_pem(test.ca());
  REQUIRE(both->size() == 2);
  CHECK(both->back() == old);
  CHECK(test.bundle(kValidating) == test.ca());
}

TEST_CASE("a certificate whose time has not begun, or is over, is renewed, and certs show says so") {
  struct Case {
    std::chrono::seconds after_begin;
    std::string state;
    std::string line;  // empty: none
    bool renewed;
  };
  constexpr std::chrono::seconds kSecond(1);
  constexpr std::chrono::seconds kLife = std::chrono::hours(365 * 24 + 1);  // begins an hour in the past
  const Case cases[] = {{-kSecond, "notYetValid", "TOO EARLY", true},
                        {0 * kSecond, "valid", "", false},
                        {kLife, "valid", "", true},
                        {kLife + kSecond, "ended", "ENDED", true}};
  for (const Case& one : cases) {
    CAPTURE(one.after_begin.count());
    CertsTest test;
    REQUIRE(test.run(commands::run_certs_init) == 0);
    const std::string old = test.value(kSecret, "/data/tls.crt");
    test.options.now = net::facts_of_pem(old)->front().not_before + one.after_begin;
    REQUIRE(test.run(commands::run_certs_show) == 0);
    for (const std::string line : {"TOO EARLY", "ENDED"}) {
      CHECK((test.out.find("\n  " + line + " ") != std::string::npos) == (line == one.line));
    }
    test.options.output = "json";
    REQUIRE(test.run(commands::run_certs_show) == 0);
    CHECK_THAT(test.out, Catch::Contains("\"state\": \"" + one.state + "\""));
    test.run(commands::run_certs_rotate);
    CHECK((test.value(kSecret, "/data/tls.crt") != old) == one.renewed);
  }
}

TEST_CASE("a Secret of ours that holds no PEM is said to, and its text gets into no bundle") {
  for (const std::string field : {"ca.crt", "tls.crt"}) {
    CAPTURE(field);
    CertsTest test;
    REQUIRE(test.run(commands::run_certs_init) == 0);
    const std::string ca = test.ca();
    rapidjson::Document secret = test.fake.at(kSecret);
    secret["data"][field.c_str()].SetString("bm8gUEVN", secret.GetAllocator());
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    secret.Accept(writer);
    test.fake.put(kSecret, buffer.GetString());
    for (const auto command :
         {commands::run_certs_init, commands::run_certs_rotate, commands::run_certs_show}) {
      CHECK(test.run(command) == 1);
      CHECK_THAT(test.err,
                 Catch::Contains("holds no certificate and CA in PEM: delete it, then run `certs init`"));
    }
    CHECK(test.bundle(kValidating) == ca);
  }
}

TEST_CASE("the earlier CA goes once every replica serves the new certificate") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.force = true;
  REQUIRE(test.run(commands::run_certs_rotate) == 1);
  test.options.force = false;
  std::optional<ScriptedServer> replica;
  const auto serve = [&](const std::string& certificate, const std::string& key) {
    test::Identity identity;
    BIO* certificate_text = BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size()));
    identity.certificate.reset(PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr), X509_free);
    BIO_free(certificate_text);
    BIO* key_text = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
    identity.key.reset(PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr), EVP_PKEY_free);
    BIO_free(key_text);
    replica.emplace([](const ScriptedRequest&) { return test::answer(200, "{}"); },
                    test::ScriptedTls{identity, nullptr});
    test.options.probes = {"127.0.0.1:" + std::to_string(replica->port())};
  };
  const test::Identity earlier = test::make_identity({});
  serve(earlier.certificate_pem(), earlier.key_pem());
  CHECK(test.run(commands::run_certs_rotate) == 1);
  CHECK(net::split_pem(test.ca())->size() == 2);
  serve(test.value(kSecret, "/data/tls.crt"), test.value(kSecret, "/data/tls.key"));
  CHECK(test.run(commands::run_certs_rotate) == 0);
  CHECK(net::split_pem(test.ca())->size() == 1);
  CHECK(test.bundle(kMutating) == test.ca());
}

TEST_CASE("of two rotations at once one wins, and the certificate in the Secret is always trusted") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.force = true;
  // Another run announces a CA just before this one would use its own.
  int writes = 0;
  test.fake.before = [&](const ScriptedRequest& request) {
    const bool uses = request.method == "PATCH" && request.body.find("tls.key") != std::string::npos;
    if (!uses || ++writes > 1) return;
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    test.fake.at(kSecret).Accept(writer);
    test.fake.put(kSecret, buffer.GetString());
  };
  const std::string before = test.value(kSecret, "/data/tls.crt");
  CHECK(test.run(commands::run_certs_rotate) == 1);
  CHECK_THAT(test.err, Catch::Contains("another run changed the certificates"));
  CHECK(test.value(kSecret, "/data/tls.crt") == before);
  CHECK(test.bundle(kValidating) == test.ca());
}

TEST_CASE("a bundle that is written by another meanwhile is read and written again") {
  CertsTest test;
  int writes = 0;
  test.fake.before = [&](const ScriptedRequest& request) {
    if (request.method != "PATCH" || request.target.find("validating") == std::string::npos || ++writes > 1)
      return;
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    test.fake.at(kValidating).Accept(writer);
    test.fake.put(kValidating, buffer.GetString());
  };
  CHECK(test.run(commands::run_certs_init) == 0);
  CHECK(writes == 2);
  CHECK(test.bundle(kValidating) == test.ca());
}
