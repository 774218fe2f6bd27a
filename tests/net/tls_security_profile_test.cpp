// What a TLS handshake may agree on, from both sides and without a socket. Each offer that the rules refuse
// is also made to an OpenSSL server as it comes, which takes it: so a refusal is the rules' own.
#include "net/tls_security_profile.hpp"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/tls_client_context.hpp"
#include "net/tls_context.hpp"
#include "support/json_oracle.hpp"
#include "support/test_certificates.hpp"

using namespace hygiene;
using test::Identity;

namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;

// What one side offers; empty: OpenSSL's own default.
struct Offer {
  std::string name;
  int version = 0;
  std::string groups;
  std::string ciphers;  // of TLS 1.2
};

struct Agreement {
  bool reached = false;
  bool refused = false;  // by the alert handshake_failure, from the server to the client
  std::string group;
};

// False if this OpenSSL has no such group or cipher.
bool apply(SSL_CTX* context, const Offer& offer) {
  SSL_CTX_set_min_proto_version(context, offer.version);
  SSL_CTX_set_max_proto_version(context, offer.version);
  if (!offer.groups.empty() && SSL_CTX_set1_groups_list(context, offer.groups.c_str()) != 1) return false;
  return offer.ciphers.empty() || SSL_CTX_set_cipher_list(context, offer.ciphers.c_str()) == 1;
}

ContextPtr plain_client(const Offer& offer) {
  ContextPtr made(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!apply(made.get(), offer)) return {nullptr, SSL_CTX_free};
  return made;
}

ContextPtr plain_server(const Identity& identity, const Offer& offer) {
  ContextPtr made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  REQUIRE(apply(made.get(), offer));
  SSL_CTX_set_dh_auto(made.get(), 1);
  SSL_CTX_use_certificate(made.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(made.get(), identity.key.get());
  return made;
}

std::string group_of(SSL* client) {
  EVP_PKEY* key = nullptr;
  if (SSL_get_peer_tmp_key(client, &key) != 1) return "";
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> owner(key, EVP_PKEY_free);
  char name[64] = "";
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return EVP_PKEY_get0_type_name(key);
  return {name, size};
}

Agreement shake_hands(SSL_CTX* server_context, SSL_CTX* client_context) {
  const SslPtr server(SSL_new(server_context), SSL_free);
  const SslPtr client(SSL_new(client_context), SSL_free);
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  REQUIRE(BIO_new_bio_pair(&server_end, 0, &client_end, 0) == 1);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  Agreement agreement;
  // A handshake has at most four flights, some longer than the pair of BIOs is.
  for (int turn = 0; turn < 32; ++turn) {
    ERR_clear_error();
    const int at_client = SSL_do_handshake(client.get());
    const int alert = ERR_GET_REASON(ERR_peek_error());
    agreement.refused = agreement.refused || alert == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE;
    ERR_clear_error();
    const int at_server = SSL_do_handshake(server.get());
    if (at_client == 1 && at_server == 1) {
      agreement.reached = true;
      break;
    }
  }
  ERR_clear_error();
  if (agreement.reached) agreement.group = group_of(client.get());
  return agreement;
}

Identity identity_of(const std::string& key, const Identity* issuer = nullptr) {
  test::CertificateWish wish;
  wish.common_name = "hook";
  wish.names = "DNS:hook";
  wish.key = key;
  wish.issuer = issuer;
  wish.authority = issuer == nullptr;
  return make_identity(wish);
}

std::shared_ptr<const net::TlsContext> server_of(const Identity& identity,
                                                 const Identity* client_ca = nullptr) {
  net::TlsMaterial material;
  material.certificate_pem = identity.certificate_pem();
  material.key_pem = identity.key_pem();
  if (client_ca != nullptr) material.client_ca_pem = client_ca->certificate_pem();
  return net::TlsContext::make(material).value();
}

std::shared_ptr<const net::TlsClientContext> client_of(const Identity& trusted,
                                                       const Identity* own = nullptr) {
  net::ClientTlsMaterial material;
  material.ca_pem = trusted.certificate_pem();
  if (own != nullptr) {
    material.certificate_pem = own->certificate_pem();
    material.key_pem = own->key_pem();
  }
  return net::TlsClientContext::make(material).value();
}

std::vector<Offer> refused_offers() {
  std::vector<Offer> offers;
  for (const char* group : {"ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192", "P-521", "X448"})
    offers.push_back({"TLS 1.3 with " + std::string(group), TLS1_3_VERSION, group, ""});
  for (const char* group : {"P-521", "X448"})
    offers.push_back({"TLS 1.2 with " + std::string(group), TLS1_2_VERSION, group, ""});
  for (const char* cipher :
       {"DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-CHACHA20-POLY1305", "DHE-RSA-AES256-SHA",
        "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES128-GCM-SHA256", "AES256-SHA"})
    offers.push_back({"TLS 1.2 with " + std::string(cipher), TLS1_2_VERSION, "", cipher});
  return offers;
}

struct Allowed {
  Offer offer;
  std::string group;
};

std::vector<Allowed> allowed_offers() {
  std::vector<Allowed> allowed;
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    const std::string name = version == TLS1_3_VERSION ? "TLS 1.3 with " : "TLS 1.2 with ";
    for (const auto& [group, as] :
         {std::pair{"X25519", "X25519"}, {"P-256", "prime256v1"}, {"P-384", "secp384r1"}})
      allowed.push_back({{name + group, version, group, ""}, as});
    // The first key share does not fit, and the server asks for another.
    allowed.push_back({{name + "P-521 before P-384", version, "P-521:P-384", ""}, "secp384r1"});
  }
  for (const char* cipher :
       {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"})
    allowed.push_back({{"TLS 1.2 with " + std::string(cipher), TLS1_2_VERSION, "", cipher}, "X25519"});
  return allowed;
}

}  // namespace

TEST_CASE("a server refuses every other group and cipher in the handshake") {
  const Identity identity = identity_of("RSA");
  const auto server = server_of(identity);
  for (const Offer& offer : refused_offers()) {
    INFO(offer.name);
    const ContextPtr client = plain_client(offer);
    REQUIRE(client);
    CHECK(shake_hands(plain_server(identity, {"", offer.version, "", "ALL"}).get(), client.get()).reached);
    const Agreement agreement = shake_hands(server->native(), client.get());
    CHECK_FALSE(agreement.reached);
    CHECK(agreement.refused);
  }
}

TEST_CASE("a client agrees to no other group or cipher") {
  const Identity identity = identity_of("RSA");
  const auto client = client_of(identity);
  for (const Offer& offer : refused_offers()) {
    INFO(offer.name);
    const ContextPtr server = plain_server(identity, offer);
    CHECK(shake_hands(server.get(), plain_client({"", offer.version, offer.groups, "ALL"}).get()).reached);
    const Agreement agreement = shake_hands(server.get(), client->native());
    CHECK_FALSE(agreement.reached);
    CHECK(agreement.refused);
  }
}

TEST_CASE("each group and cipher that is allowed is enough by itself, on either side") {
  const Identity identity = identity_of("RSA");
  const auto server = server_of(identity);
  const auto client = client_of(identity);
  for (const auto& [offer, group] : allowed_offers()) {
    INFO(offer.name);
    const Agreement as_server = shake_hands(server->native(), plain_client(offer).get());
    CHECK(as_server.reached);
    CHECK(as_server.group == group);
    const Agreement as_client = shake_hands(plain_server(identity, offer).get(), client->native());
    CHECK(as_client.reached);
    CHECK(as_client.group == group);
  }
}

TEST_CASE("the hybrid group is served where this OpenSSL has it") {
  const ContextPtr client = plain_client({"", TLS1_3_VERSION, "X25519MLKEM768", ""});
  ERR_clear_error();
  if (!client) return;
  CHECK(shake_hands(server_of(identity_of("RSA"))->native(), client.get()).reached);
}

// Recorded from Go 1.26, set up as an API server sets it up for a clientConfig.service. It offers
// X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024, X25519, P-256, P-384 and P-521, with key shares of
// X25519MLKEM768 and X25519.
TEST_CASE("an API server's own ClientHello is answered with a ServerHello, and needs no second one") {
  const std::string hex = test::read_source_file("tests/net/go-client-hello.hex");
  std::string hello;
  for (std::size_t at = 0; at + 1 < hex.size();) {
    if (hex[at] == '\n') {
      ++at;
      continue;
    }
    hello += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
    at += 2;
  }
  const auto context = server_of(identity_of("P-256"));
  const SslPtr server(SSL_new(context->native()), SSL_free);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(server.get(), in, out);
  SSL_set_accept_state(server.get());
  REQUIRE(BIO_write(in, hello.data(), static_cast<int>(hello.size())) == static_cast<int>(hello.size()));
  const int result = SSL_do_handshake(server.get());
  CHECK(SSL_get_error(server.get(), result) == SSL_ERROR_WANT_READ);
  ERR_clear_error();
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  const std::string answer(data, static_cast<std::size_t>(size));
  REQUIRE(answer.size() > 11 + 32);
  CHECK(answer.substr(0, 2) == "\x16\x03");  // a record of the handshake, RFC 8446 section 5.1
  CHECK(answer[5] == '\x02');                // a ServerHello, section 4
  // Of a HelloRetryRequest, in the place of its random number; section 4.1.3.
  CHECK(answer.substr(11, 4) != "\xCF\x21\xAD\x74");
}

TEST_CASE("certificates of every common kind are served, to what an API server offers") {
  for (const char* key : {"RSA", "P-256", "P-384", "P-521", "ED25519"}) {
    const auto server = server_of(identity_of(key));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      INFO(key << ' ' << version);
      const ContextPtr client = plain_client({"", version, "X25519:P-256:P-384:P-521", ""});
      CHECK(shake_hands(server->native(), client.get()).reached);
    }
  }
}

// Of a peer's certificate TLS 1.2 takes only curves that are among the groups (RFC 8422, section 5.1.1).
TEST_CASE("a peer's certificate is taken on every curve, but P-521 only under TLS 1.3") {
  const Identity identity = identity_of("P-256");
  for (const char* key : {"RSA", "P-256", "P-384", "P-521", "ED25519"}) {
    const Identity peer = identity_of(key);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      INFO(key << ' ' << version);
      const bool taken = version == TLS1_3_VERSION || std::string(key) != "P-521";
      const ContextPtr server = plain_server(peer, {"", version, "", ""});
      CHECK(shake_hands(server.get(), client_of(peer)->native()).reached == taken);
      const ContextPtr client = plain_client({"", version, "", ""});
      SSL_CTX_use_certificate(client.get(), peer.certificate.get());
      SSL_CTX_use_PrivateKey(client.get(), peer.key.get());
      CHECK(shake_hands(server_of(identity, &peer)->native(), client.get()).reached == taken);
    }
  }
}
