#include "support/test_certificates.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace hygiene::test {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL made no test certificate");
}

std::string text_of(BIO* bio) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> owner(bio, BIO_free_all);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

EVP_PKEY* make_key(const std::string& kind) {
  if (kind == "RSA") return EVP_RSA_gen(2048);
  if (kind == "ED25519") return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return EVP_EC_gen(kind.c_str());
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  require(extension != nullptr);
  require(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

}  // namespace

std::string Identity::certificate_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  require(PEM_write_bio_X509(bio, certificate.get()) == 1);
  return text_of(bio);
}

std::string Identity::key_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  require(PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio);
}

std::string Identity::encrypted_key_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  const std::string passphrase = "passphrase";
  require(PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_128_cbc(), passphrase.c_str(),
                                        static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return text_of(bio);
}

Identity make_identity(const CertificateWish& wish) {
  Identity made;
  made.key.reset(make_key(wish.key), EVP_PKEY_free);
  made.certificate.reset(X509_new(), X509_free);
  X509* certificate = made.certificate.get();
  require(made.key && certificate != nullptr);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 0x1234);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.not_before);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.not_after);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
  const Identity& issuer = wish.issuer != nullptr ? *wish.issuer : made;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  add_extension(certificate, NID_basic_constraints,
                wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wish.names.empty()) add_extension(certificate, NID_subject_alt_name, wish.names);
  if (!wish.extended_usage.empty()) add_extension(certificate, NID_ext_key_usage, wish.extended_usage);
  // Ed25519 has a digest of its own.
  const bool digests = EVP_PKEY_is_a(issuer.key.get(), "ED25519") != 1;
  require(X509_sign(certificate, issuer.key.get(), digests ? EVP_sha256() : nullptr) > 0);
  return made;
}

}  // namespace hygiene::test
