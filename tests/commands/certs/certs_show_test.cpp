#include <catch2/catch.hpp>
#include <rapidjson/pointer.h>

#include "commands/certs/certs_fixture.hpp"
#include "support/test_certificates.hpp"
#include "x509/certificate.hpp"

using namespace hygiene;
using namespace hygiene::test;

namespace {

// The member at `pointer`, as JSON writes it.
std::string at(const std::string& json, const char* pointer) {
  const auto document = test::parse_dom(json);
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(document);
  if (found == nullptr) return "nothing";
  if (found->IsString()) return found->GetString();
  if (found->IsInt64()) return std::to_string(found->GetInt64());
  if (found->IsBool()) return found->GetBool() ? "true" : "false";
  return std::to_string(found->IsArray() ? found->Size() : found->MemberCount()) + " members";
}

}  // namespace

TEST_CASE("certs show -o json gives the certificate, its CAs and what each webhook trusts, and no key") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.output = commands::Output::json;
  const auto facts = x509::facts_of_pem(test.value(kSecret, "/data/tls.crt"))->front();
  test.options.rotation.now = facts.not_after - std::chrono::hours(48);
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK(at(test.out, "") == "3 members");
  CHECK(at(test.out, "/certificate") == "9 members");
  CHECK(at(test.out, "/certificate/subject") == "CN=secret-hygiene");
  CHECK(at(test.out, "/certificate/names") == "4 members");
  CHECK(at(test.out, "/certificate/names/0") == "secret-hygiene.secret-hygiene.svc");
  CHECK(at(test.out, "/certificate/fitsService") == "true");
  CHECK(at(test.out, "/certificate/problems") == "0 members");
  CHECK(at(test.out, "/certificate/daysLeft") == "2");
  CHECK(at(test.out, "/certificate/state") == "valid");
  CHECK(at(test.out, "/certificate/sha256") == facts.fingerprint);
  CHECK_THAT(at(test.out, "/certificate/notAfter"), Catch::Matches("20..-..-..T..:..:..(\\.[0-9]+)?Z"));
  CHECK(at(test.out, "/authorities") == "1 members");
  CHECK(at(test.out, "/bundles") == "2 members");
  CHECK(at(test.out, "/bundles/0/configuration") ==
        "validatingwebhookconfigurations.admissionregistration.k8s.io \"secret-hygiene\"");
  CHECK(at(test.out, "/bundles/1/webhook") == "w");
  CHECK(at(test.out, "/bundles/1/trustsCertificate") == "true");
  CHECK(at(test.out, "/bundles/1/authorities/0/sha256") == at(test.out, "/authorities/0/sha256"));
  const std::string key = test.value(kSecret, "/data/tls.key");
  CHECK_THAT(test.out, !Catch::Contains("PRIVATE") && !Catch::Contains(key.substr(40, 40)));
}

TEST_CASE("the days that are left are whole, and negative from the end on") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.output = commands::Output::json;
  const auto end = x509::facts_of_pem(test.value(kSecret, "/data/tls.crt"))->front().not_after;
  const auto [ahead, days] = GENERATE(table<int, const char*>({{24 * 3600, "1"},
                                                               {24 * 3600 - 1, "0"},
                                                               {0, "0"},
                                                               {-1, "-1"},
                                                               {-24 * 3600, "-1"},
                                                               {-24 * 3600 - 1, "-2"}}));
  INFO(ahead);
  test.options.rotation.now = end - std::chrono::seconds(ahead);
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK(at(test.out, "/certificate/daysLeft") == days);
}

TEST_CASE("certs show tells of a bundle that lacks the CA of the certificate, or is no PEM at all") {
  const std::string bundle = GENERATE("", "bm8gUEVN");
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.fake.put(kMutating,
                R"({"metadata":{},"webhooks":[{"name":"m","clientConfig":{"url":"https://x","caBundle":")" +
                    bundle + "\"}}]}");
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK_THAT(test.out, Catch::Contains("m of mutatingwebhookconfigurations") &&
                           Catch::Contains("trusts     no CA") &&
                           Catch::Contains("MISSING    the CA of the certificate: run `certs init`"));
  test.options.output = commands::Output::json;
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK(at(test.out, "/bundles/0/trustsCertificate") == "true");
  CHECK(at(test.out, "/bundles/1/trustsCertificate") == "false");
  CHECK(at(test.out, "/bundles/1/authorities") == "0 members");
}

TEST_CASE("certs show says what to do where there is nothing to show, and prints nothing") {
  const std::string broken = R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":"secret-hygiene"}},)"
                             R"("type":"kubernetes.io/tls","data":{"tls.crt":")";
  struct Case {
    std::string path;
    std::string object;
    const char* sentence;
  };
  const Case row = GENERATE_COPY(
      Case{kSecret, "",
           "there is no certificate in the Secret \"secret-hygiene-tls\" in namespace \"secret-hygiene\": "
           "run `certs init`"},
      Case{kSecret, broken + "bm8gUEVN\"}}",
           "holds no certificate and CA in PEM: delete it, then run `certs init`"},
      Case{kSecret, broken + "!\"}}", "is not the object that was asked for"},
      Case{kSecret, R"({"metadata":{},"type":"Opaque"})", "exists and secret-hygiene did not create it"},
      Case{kValidating, "", "is not installed: apply the manifests first"},
      Case{kValidating, R"({"metadata":{},"webhooks":[]})", "points to the Service \"secret-hygiene\""});
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.fake.erase(row.path);
  if (!row.object.empty()) test.fake.put(row.path, row.object);
  test.options.output = GENERATE(commands::Output::text, commands::Output::json);
  CHECK(test.run(commands::run_certs_show) == 2);
  CHECK(test.out.empty());
  CHECK_THAT(test.err, Catch::StartsWith("secret-hygiene certs show: ") && Catch::Contains(row.sentence));
}

TEST_CASE("certs show says what is wrong with a certificate that somebody else made") {
  CertsTest test;
  test::CertificateWish wish;
  wish.extended_usage = "clientAuth";
  const std::string pem = base::encode_base64(test::make_identity(wish).certificate_pem());
  test.fake.put(kSecret, R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":"secret-hygiene"}},)"
                         R"("type":"kubernetes.io/tls","data":{"tls.crt":")" +
                             pem + R"(","tls.key":"a2V5","ca.crt":")" + pem + "\"}}");
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK_THAT(test.out, Catch::Contains("  PROBLEM    the certificate has no subjectAltName") &&
                           Catch::Contains("  PROBLEM    the certificate is for clients"));
  test.options.output = commands::Output::json;
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK(at(test.out, "/certificate/problems") == "2 members");
}
