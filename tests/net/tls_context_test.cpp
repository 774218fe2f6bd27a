#include "net/tls_context.hpp"

#include <catch2/catch.hpp>

#include "support/test_certificates.hpp"

namespace hygiene::test {

using net::TlsContext;
using net::TlsMaterial;

namespace {

Identity identity(long not_before = -3600, long not_after = 3600) {
  CertificateWish wish;
  wish.common_name = "webhook";
  wish.names = "DNS:hook.ns.svc,IP:127.0.0.1";
  wish.not_before = not_before;
  wish.not_after = not_after;
  return make_identity(wish);
}

TlsMaterial material_of(const Identity& from) {
  TlsMaterial material;
  material.certificate_pem = from.certificate_pem();
  material.key_pem = from.key_pem();
  return material;
}

}  // namespace

TEST_CASE("a certificate and its key make a context that tells what a log needs") {
  const auto made = TlsContext::make(material_of(identity()));
  REQUIRE(made.has_value());
  const auto& facts = made.value()->certificate();
  CHECK(facts.names == std::vector<std::string>{"hook.ns.svc", "127.0.0.1"});
  CHECK(facts.serial == "1234");
  CHECK(facts.fingerprint.size() == 64);
  const auto left = made.value()->not_after() - std::chrono::system_clock::now();
  CHECK(left > std::chrono::minutes(50));
  CHECK(left < std::chrono::minutes(70));
}

TEST_CASE("certificate files that cannot serve are refused with a sentence that says what to do") {
  const Identity good = identity();
  const TlsMaterial base = material_of(good);
  struct Case {
    const char* name;
    TlsMaterial material;
    Errc code;
    const char* sentence;
  };
  std::vector<Case> cases;
  const auto add = [&](const char* name, Errc code, const char* sentence) -> TlsMaterial& {
    cases.push_back({name, base, code, sentence});
    return cases.back().material;
  };
  add("no certificate", Errc::missing, "the certificate is empty").certificate_pem.clear();
  add("no key", Errc::missing, "the key is empty").key_pem.clear();
  add("certificate is not PEM", Errc::syntax, "the certificate is not PEM").certificate_pem = "rubbish";
  add("certificate is a key", Errc::syntax, "the certificate is not PEM").certificate_pem = base.key_pem;
  add("certificate is cut", Errc::syntax, "the certificate is not PEM").certificate_pem.resize(100);
  add("second certificate is cut", Errc::syntax, "the certificate is not PEM").certificate_pem +=
      base.certificate_pem.substr(0, 100);
  add("key is not PEM", Errc::syntax, "the key is not PEM").key_pem = "rubbish";
  add("key is another's", Errc::invalid, "the key does not match").key_pem = identity().key_pem();
  add("key is encrypted", Errc::unsupported, "the key is encrypted").key_pem = good.encrypted_key_pem();
  add("client CA is not PEM", Errc::syntax, "the client CA is not PEM").client_ca_pem = "rubbish";
  add("client name without a CA", Errc::missing, "without a client CA").client_name = "kube-apiserver";
  add("expired", Errc::expired, "has expired: renew it") = material_of(identity(-7200, -3600));
  for (const Case& test : cases) {
    INFO(test.name);
    const auto made = TlsContext::make(test.material);
    REQUIRE(made.has_error());
    CHECK(made.error().code() == test.code);
    CHECK_THAT(made.error().message(), Catch::Contains(test.sentence));
  }
}

TEST_CASE("a certificate that is not valid yet is taken, for clocks differ") {
  CHECK(TlsContext::make(material_of(identity(3600, 7200))).has_value());
}

TEST_CASE("a chain is taken with the server's certificate first") {
  CertificateWish wish;
  wish.authority = true;
  const Identity authority = make_identity(wish);
  wish = CertificateWish();
  wish.issuer = &authority;
  const Identity server = make_identity(wish);
  TlsMaterial material = material_of(server);
  material.certificate_pem += authority.certificate_pem();
  CHECK(TlsContext::make(material).has_value());
  material.certificate_pem = authority.certificate_pem() + server.certificate_pem();
  CHECK(TlsContext::make(material).has_error());
}

}  // namespace hygiene::test
