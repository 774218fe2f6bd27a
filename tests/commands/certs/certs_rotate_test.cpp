#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "commands/certs/certs_fixture.hpp"
#include "x509/certificate.hpp"

using namespace hygiene;
using namespace hygiene::test;

TEST_CASE("certs rotate renews from two thirds of the life on, and not before") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  const auto begin = x509::facts_of_pem(test.value(kSecret, "/data/tls.crt"))->front();
  const auto third = (begin.not_after - begin.not_before) / 3;
  const std::string old = test.ca();
  test.options.rotation.now = begin.not_before + 2 * third - std::chrono::seconds(1);
  CHECK(test.run(commands::run_certs_rotate) == 0);
  CHECK(test.ca() == old);
  CHECK_THAT(test.out, Catch::Contains("; renewal begins on ") && Catch::Contains("Z\nthe caBundles"));
  test.options.rotation.now = begin.not_before + 2 * third + std::chrono::seconds(1);
  CHECK(test.run(commands::run_certs_rotate) == 2);
  CHECK_THAT(test.err, Catch::Contains("both CAs stay trusted") && Catch::Contains("--probe"));
  const auto both = x509::split_pem(test.ca());
  REQUIRE(both->size() == 2);
  CHECK(both->back() == old);
  CHECK(test.bundle(kValidating) == test.ca());
}

TEST_CASE("a certificate for other names than the Service's is said and renewed") {
  CertsTest test;
  test.options.place.service = "another";
  // The configurations lead to no Service of that name; the Secret is made all the same.
  test.options.place.validating.clear();
  test.options.place.mutating.clear();
  REQUIRE(test.run(commands::run_certs_init) == 0);
  const std::string old = test.value(kSecret, "/data/tls.crt");
  test.options.place = housekeeping::CertificatePlace();
  CHECK(test.run(commands::run_certs_init) == 0);
  CHECK_THAT(test.out, Catch::Contains("is not for secret-hygiene.secret-hygiene.svc") &&
                           Catch::Contains("run `certs rotate`"));
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK_THAT(test.out, Catch::Contains("  WRONG NAME no API server accepts it"));
  test.run(commands::run_certs_rotate);
  CHECK_THAT(test.out, Catch::Contains("is not for secret-hygiene.secret-hygiene.svc: it is renewed"));
  CHECK(test.value(kSecret, "/data/tls.crt") != old);
  REQUIRE(test.run(commands::run_certs_show) == 0);
  CHECK_THAT(test.out, !Catch::Contains("WRONG NAME"));
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
                        {kLife + kSecond, "ended", "EXPIRED", true}};
  for (const Case& one : cases) {
    CAPTURE(one.after_begin.count());
    CertsTest test;
    REQUIRE(test.run(commands::run_certs_init) == 0);
    const std::string old = test.value(kSecret, "/data/tls.crt");
    test.options.rotation.now = x509::facts_of_pem(old)->front().not_before + one.after_begin;
    REQUIRE(test.run(commands::run_certs_show) == 0);
    for (const std::string line : {"TOO EARLY", "EXPIRED"}) {
      CHECK((test.out.find("\n  " + line + " ") != std::string::npos) == (line == one.line));
    }
    test.options.output = commands::Output::json;
    REQUIRE(test.run(commands::run_certs_show) == 0);
    CHECK_THAT(test.out, Catch::Contains("\"state\": \"" + one.state + "\""));
    test.run(commands::run_certs_rotate);
    CHECK((test.value(kSecret, "/data/tls.crt") != old) == one.renewed);
  }
}

TEST_CASE("the earlier CA goes once every replica serves the new certificate") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.rotation.force = true;
  REQUIRE(test.run(commands::run_certs_rotate) == 2);
  test.options.rotation.force = false;
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
    test.options.place.probes = {"127.0.0.1:" + std::to_string(replica->port())};
  };
  const test::Identity earlier = test::make_identity({});
  serve(earlier.certificate_pem(), earlier.key_pem());
  CHECK(test.run(commands::run_certs_rotate) == 2);
  CHECK(x509::split_pem(test.ca())->size() == 2);
  serve(test.value(kSecret, "/data/tls.crt"), test.value(kSecret, "/data/tls.key"));
  CHECK(test.run(commands::run_certs_rotate) == 0);
  CHECK(x509::split_pem(test.ca())->size() == 1);
  CHECK(test.bundle(kMutating) == test.ca());
}

TEST_CASE("rotations that no replica follows leave eight CAs at most") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.rotation.force = true;
  for (int rotation = 0; rotation < 7; ++rotation) {
    CHECK(test.run(commands::run_certs_rotate) == 2);
    CHECK_THAT(test.err, Catch::Contains("both CAs stay trusted"));
  }
  const std::string full = test.ca();
  CHECK(x509::split_pem(full)->size() == 8);
  CHECK(test.run(commands::run_certs_rotate) == 2);
  CHECK_THAT(test.err, Catch::Contains("the caBundles already hold 8 CAs"));
  CHECK(test.ca() == full);
}

TEST_CASE("of two rotations at once one wins, and the certificate in the Secret is always trusted") {
  CertsTest test;
  REQUIRE(test.run(commands::run_certs_init) == 0);
  test.options.rotation.force = true;
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
  CHECK(test.run(commands::run_certs_rotate) == 2);
  CHECK_THAT(test.err, Catch::Contains("another run changed the certificates"));
  CHECK(test.value(kSecret, "/data/tls.crt") == before);
  CHECK(test.bundle(kValidating) == test.ca());
}
