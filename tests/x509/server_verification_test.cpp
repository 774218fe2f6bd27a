// What an API server would say of a server's certificate.
#include "x509/server_verification.hpp"

#include <catch2/catch.hpp>

#include "support/test_certificates.hpp"

namespace hygiene::test {
namespace {

constexpr const char* kName = "hygiene.shop.svc";
using Clock = std::chrono::system_clock;

Identity authority() {
  CertificateWish wish;
  wish.common_name = "CA";
  wish.authority = true;
  return make_identity(wish);
}

Identity signed_by(const Identity& ca, const std::string& names, const std::string& usage = {}) {
  CertificateWish wish;
  wish.common_name = kName;
  wish.names = names;
  wish.extended_usage = usage;
  wish.issuer = &ca;
  return make_identity(wish);
}

std::string refusal(const Identity& server, const Identity& ca, const std::string& name = kName,
                    std::chrono::hours later = {}) {
  return x509::refusal_of(server.certificate_pem(), ca.certificate_pem(), name, Clock::now() + later);
}

}  // namespace

TEST_CASE("a certificate is taken for the names that it bears, signed by a CA that is trusted") {
  const Identity ca = authority();
  const Identity server = signed_by(ca, "DNS:hygiene.shop.svc,IP:127.0.0.1");
  CHECK(refusal(server, ca).empty());
  CHECK(refusal(server, ca, "127.0.0.1").empty());
  CHECK(refusal(server, server).empty());  // trusted itself, though it is not self-signed
  CHECK(refusal(signed_by(ca, "DNS:*.shop.svc"), ca).empty());
}

TEST_CASE("a certificate is refused for another name, another CA, another use, and out of its time") {
  const Identity ca = authority();
  const Identity server = signed_by(ca, "DNS:hygiene.shop.svc");
  CHECK_THAT(refusal(server, ca, "other.shop.svc"), Catch::Contains("ostname mismatch"));
  CHECK_THAT(refusal(server, ca, "127.0.0.1"), Catch::Contains("IP address mismatch"));
  CHECK_FALSE(refusal(signed_by(ca, ""), ca).empty());  // its common name is no name
  CHECK_FALSE(refusal(server, authority()).empty());
  CHECK_FALSE(refusal(signed_by(ca, "DNS:hygiene.shop.svc", "clientAuth"), ca).empty());
  CHECK_THAT(refusal(server, ca, kName, std::chrono::hours(2)), Catch::Contains("expired"));
  CHECK_THAT(refusal(server, ca, kName, std::chrono::hours(-2)), Catch::Contains("not yet valid"));
}

TEST_CASE("what is no certificate is named") {
  const Identity ca = authority();
  CHECK_THAT(x509::refusal_of("", ca.certificate_pem(), kName, Clock::now()),
             Catch::Contains("certificate is not PEM"));
  CHECK_THAT(x509::refusal_of(ca.certificate_pem(), "none", kName, Clock::now()),
             Catch::Contains("CA is not PEM"));
}

}  // namespace hygiene::test
