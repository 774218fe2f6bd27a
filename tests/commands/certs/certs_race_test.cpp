#include <atomic>
#include <latch>
#include <thread>

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "commands/certs/certs_fixture.hpp"
#include "support/test_certificates.hpp"
#include "x509/certificate.hpp"

using namespace hygiene;
using namespace hygiene::test;

namespace {

std::shared_ptr<X509> read_certificate(const std::string& pem) {
  BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
  BIO_free(text);
  return {certificate, X509_free};
}

// True if a CA of the bundle signed the certificate.
bool trusts(const std::string& bundle, const std::string& certificate_pem) {
  const auto certificate = read_certificate(certificate_pem);
  const auto authorities = x509::split_pem(bundle);
  if (!certificate || !authorities) return false;
  for (const std::string& authority : *authorities) {
    const auto ca = read_certificate(authority);
    if (X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) == 1) return true;
  }
  return false;
}

const char* const kBundle = "/webhooks/0/clientConfig/caBundle";

// Writes `pem` at `pointer` of an object, as another client would.
void set(CertsTest& test, const std::string& path, const char* pointer, const std::string& pem) {
  rapidjson::Document object = test.fake.at(path);
  rapidjson::Pointer(pointer).Set(object, base::encode_base64(pem).c_str());
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  object.Accept(writer);
  test.fake.put(path, buffer.GetString());
}

struct Run {
  int status = -1;
  std::string err;
};

// Runs `command` twice at the same time; a client each.
std::pair<Run, Run> twice(const commands::CertsOptions& options,
                          int (*command)(const commands::CertsOptions&, std::ostream&, std::ostream&)) {
  std::latch start(2);
  const auto run = [&](Run& into) {
    std::ostringstream out;
    std::ostringstream err;
    start.arrive_and_wait();
    into.status = command(options, out, err);
    into.err = err.str();
  };
  std::pair<Run, Run> runs;
  std::thread other([&] { run(runs.second); });
  run(runs.first);
  other.join();
  return runs;
}

}  // namespace

TEST_CASE("two rotations in two threads: at every moment each webhook trusts the certificate in the Secret") {
  int beaten = 0;
  for (int round = 0; round < 12; ++round) {
    CertsTest test;
    REQUIRE(test.run(commands::run_certs_init) == 0);
    const std::string before = test.value(kSecret, "/data/tls.crt");
    test.options.rotation.force = true;
    int untrusted = 0;
    test.fake.before = [&](const test::ScriptedRequest&) {
      const std::string certificate = test.value(kSecret, "/data/tls.crt");
      for (const auto& path : {kValidating, kMutating})
        untrusted += trusts(test.bundle(path), certificate) ? 0 : 1;
    };
    const auto [first, second] = twice(test.options, commands::run_certs_rotate);
    test.fake.before = nullptr;
    CHECK(untrusted == 0);
    // No replica serves what is new, so whoever wins has not finished either.
    for (const Run* run : {&first, &second}) {
      INFO(run->err);
      const bool lost = run->err.find("another run changed the certificates meanwhile") != std::string::npos;
      const bool won = run->err.find("not every replica serves the new certificate yet") != std::string::npos;
      CHECK(run->status == 2);
      CHECK(lost != won);
      beaten += lost ? 1 : 0;
    }
    CHECK(test.value(kSecret, "/data/tls.crt") != before);
    CHECK(trusts(test.ca(), before));
    // Whatever was left undone, the next run finishes: the bundles are the Secret's.
    test.options.rotation.force = false;
    test.run(commands::run_certs_rotate);
    CHECK(test.bundle(kValidating) == test.ca());
    CHECK(test.bundle(kMutating) == test.ca());
  }
  CHECK(beaten > 0);  // they did meet
}

TEST_CASE("two inits in two threads leave one pair that both webhooks trust, and both succeed") {
  for (int round = 0; round < 12; ++round) {
    CertsTest test;
    const auto [first, second] = twice(test.options, commands::run_certs_init);
    INFO(first.err << second.err);
    CHECK(first.status == 0);
    CHECK(second.status == 0);
    for (const auto& path : {kValidating, kMutating}) {
      CHECK(test.bundle(path) == test.ca());
      CHECK(trusts(test.bundle(path), test.value(kSecret, "/data/tls.crt")));
    }
  }
}

TEST_CASE(
    "a CA that another run announces stays announced, between whichever requests of this run it comes") {
  test::CertificateWish wish;
  wish.authority = true;
  const std::string announced = test::make_identity(wish).certificate_pem();
  bool came = true;
  for (int moment = 1; came; ++moment) {
    CAPTURE(moment);
    CertsTest test;
    REQUIRE(test.run(commands::run_certs_init) == 0);
    const std::string both = test.ca() + announced;
    for (const auto& path : {kValidating, kMutating}) set(test, path, kBundle, announced);
    int requests = 0;
    test.fake.before = [&](const test::ScriptedRequest&) {
      if (++requests != moment) return;
      set(test, kSecret, "/data/ca.crt", both);
      for (const auto& path : {kValidating, kMutating}) set(test, path, kBundle, both);
    };
    CHECK(test.run(commands::run_certs_init) == 0);
    came = requests >= moment;
    CHECK(test.bundle(kValidating) == (came ? both : test.ca()));
    CHECK(test.bundle(kMutating) == (came ? both : test.ca()));
    CHECK((moment > 8 || came));  // it did come between the reads and the writes of both
  }
}
