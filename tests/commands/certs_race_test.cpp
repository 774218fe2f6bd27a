#include <atomic>
#include <latch>
#include <thread>

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "commands/certs_fixture.hpp"
#include "net/certificate.hpp"

using namespace hygiene;
using test::CertsTest;
using test::kMutating;
using test::kSecret;
using test::kValidating;

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
  const auto authorities = net::split_pem(bundle);
  if (!certificate || !authorities) return false;
  for (const std::string& authority : *authorities) {
    const auto ca = read_certificate(authority);
    if (X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) == 1) return true;
  }
  return false;
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
    test.options.force = true;
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
      CHECK(run->status == 1);
      CHECK(lost != won);
      beaten += lost ? 1 : 0;
    }
    CHECK(test.value(kSecret, "/data/tls.crt") != before);
    CHECK(trusts(test.ca(), before));
    // Whatever was left undone, the next run finishes: the bundles are the Secret's.
    test.options.force = false;
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
