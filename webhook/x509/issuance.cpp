#include "x509/issuance.hpp"

#include <algorithm>
#include <array>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/rand.h>

#include "base/ascii.hpp"
#include "x509/openssl_ptr.hpp"
#include "x509/pem.hpp"

namespace hygiene::x509 {
namespace {

constexpr std::size_t kCommonNameMax = 64;  // RFC 5280, ub-common-name

using BignumPtr = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_free>>;

struct Signed {
  X509Ptr certificate;
  PkeyPtr key;
};

// What OpenSSL's configuration syntax takes as one name: nothing in it may begin another.
bool is_plain_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return base::is_alphanumeric(c) || c == '.' || c == '-' || c == ':' || c == '*';
  });
}

bool set_serial(X509* certificate) {
  const BignumPtr serial(BN_new());
  return serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                                    0) == 1;
}

bool set_times(X509* certificate, const IssueWish& wish) {
  const auto seconds = [](auto time) { return std::chrono::system_clock::to_time_t(time); };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(wish.not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(wish.not_after)) != nullptr;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// A certificate with a new key, without extensions and unsigned; nothing in it on failure.
Signed begin(const IssueWish& wish, const std::string& common_name) {
  Signed made{X509Ptr(X509_new()), PkeyPtr(EVP_EC_gen("P-256"))};
  X509* certificate = made.certificate.get();
  if (certificate == nullptr || !made.key || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      !set_serial(certificate) || !set_name(certificate, common_name) || !set_times(certificate, wish) ||
      X509_set_pubkey(certificate, made.key.get()) != 1) {
    return {};
  }
  return made;
}

Signed make_authority(const IssueWish& wish) {
  // Each CA has a name of its own: a verifier finds the issuer of a certificate by its name.
  std::array<unsigned char, 8> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return {};
  Signed made = begin(wish, "secret-hygiene CA " + base::to_hex(random));
  X509* certificate = made.certificate.get();
  if (certificate == nullptr || X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign") ||
      !add_extension(certificate, certificate, NID_subject_key_identifier, "hash") ||
      X509_sign(certificate, made.key.get(), EVP_sha256()) <= 0) {
    return {};
  }
  return made;
}

Signed make_server(const IssueWish& wish, const Signed& authority) {
  std::string names;
  for (const std::string& name : wish.names) {
    const bool address =
        name.find(':') != std::string::npos || name.find_first_not_of("0123456789.") == std::string::npos;
    names += (names.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  Signed made = begin(wish, wish.common_name);
  X509* certificate = made.certificate.get();
  X509* issuer = authority.certificate.get();
  if (certificate == nullptr || X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
      !add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") ||
      !add_extension(certificate, issuer, NID_subject_alt_name, names) ||
      !add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") ||
      X509_sign(certificate, authority.key.get(), EVP_sha256()) <= 0) {
    return {};
  }
  return made;
}

}  // namespace

Result<IssuedPair> issue(const IssueWish& wish) {
  if (wish.common_name.empty() || wish.common_name.size() > kCommonNameMax || wish.names.empty() ||
      !std::all_of(wish.names.begin(), wish.names.end(), is_plain_name)) {
    return Error(Errc::invalid, "a certificate needs a name of 1 to 64 bytes, and DNS names or addresses");
  }
  if (wish.not_after <= wish.not_before)
    return Error(Errc::invalid, "a certificate must end after it begins");
  const Signed authority = make_authority(wish);
  const Signed server = authority.certificate ? make_server(wish, authority) : Signed();
  if (!server.certificate) {
    Error reason = openssl_error("no certificate could be made");
    return Error(Errc::io, reason.message());
  }
  IssuedPair pair;
  pair.ca_pem = pem_of(authority.certificate.get());
  pair.certificate_pem = pem_of(server.certificate.get());
  pair.key_pem = pem_of(server.key.get());
  return pair;
}

}  // namespace hygiene::x509
