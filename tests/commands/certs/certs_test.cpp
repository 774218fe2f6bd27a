#include <catch2/catch.hpp>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "commands/certs/certs_fixture.hpp"
#include "x509/certificate.hpp"

using namespace hygiene;
using namespace hygiene::test;

TEST_CASE("certs init makes a pair, puts its CA into our webhooks only, and a second run changes nothing") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  const std::string ca = test.ca();
  const auto facts = x509::facts_of_pem(test.value(kSecret, "/data/tls.crt"));
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
  CHECK(test.run(commands::run_certs_init) == 2);
  CHECK_THAT(test.err, Catch::Contains("did not create it"));
  CHECK(test.value(kSecret, "/data/tls.crt") == "a");
  test.fake.erase(kSecret);
  test.fake.erase(kMutating);
  CHECK(test.run(commands::run_certs_init) == 2);
  CHECK_THAT(test.err,
             Catch::Contains("mutatingwebhookconfigurations") && Catch::Contains("is not installed"));
  CHECK_FALSE(test.fake.has(kSecret));
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
      CHECK(test.run(command) == 2);
      CHECK_THAT(test.err,
                 Catch::Contains("holds no certificate and CA in PEM: delete it, then run `certs init`"));
    }
    CHECK(test.bundle(kValidating) == ca);
  }
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
