#include "x509/certificate.hpp"

#include <catch2/catch.hpp>

#include "support/test_certificates.hpp"

using namespace hygiene;
using test::CertificateWish;
using test::Identity;
using test::make_identity;

namespace {

Identity authority(const char* name, const Identity* issuer = nullptr) {
  CertificateWish wish;
  wish.common_name = name;
  wish.authority = true;
  wish.issuer = issuer;
  return make_identity(wish);
}

Identity serving(const Identity& issuer, const char* names = "DNS:a.svc", const char* usage = "serverAuth") {
  CertificateWish wish;
  wish.names = names;
  wish.extended_usage = usage;
  wish.issuer = &issuer;
  return make_identity(wish);
}

std::vector<std::string> problems(std::initializer_list<Identity> chain) {
  std::string pem;
  for (const Identity& each : chain) pem += each.certificate_pem();
  return x509::serving_problems(x509::facts_of_pem(pem).value());
}

using Problems = std::vector<std::string>;

}  // namespace

TEST_CASE("what an API server refuses in a serving certificate is said") {
  const Identity root = authority("root");
  const Problems no_name = {"the certificate has no subjectAltName; the API server ignores its common name"};
  const Problems client = {"the certificate is for clients: its extendedKeyUsage lacks serverAuth"};
  CHECK(problems({serving(root)}).empty());
  CHECK(problems({serving(root, "IP:127.0.0.1")}).empty());
  CHECK(problems({serving(root, "")}) == no_name);
  CHECK(problems({serving(root, "email:a@example.com")}) == no_name);
  CHECK(problems({serving(root, "DNS:a.svc", "clientAuth")}) == client);
  for (const char* usage : {"", "serverAuth,clientAuth", "anyExtendedKeyUsage"}) {
    CHECK(problems({serving(root, "DNS:a.svc", usage)}).empty());
  }
  CHECK(problems({serving(root, "", "clientAuth")}).size() == 2);
}

TEST_CASE("a chain begins with the server's certificate, and each is signed by the next") {
  const Identity root = authority("root");
  const Identity middle = authority("middle", &root);
  const Identity own = serving(middle);
  const Problems disorder = {
      "the chain is out of order: the server's own certificate comes first, and each is signed by the next"};
  CHECK(problems({own, middle, root}).empty());
  CHECK(problems({own, middle}).empty());
  CHECK(problems({own, root}) == disorder);
  CHECK(problems({own, root, middle}) == disorder);
  CHECK(problems({own, authority("another"), middle}) == disorder);
}
