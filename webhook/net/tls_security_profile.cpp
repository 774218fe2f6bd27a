#include "net/tls_security_profile.hpp"

#include <new>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/socket_bio.hpp"

namespace hygiene::net {
namespace {

// An API server offers all of these (Go 1.26), with key shares of the first two. OpenSSL has the hybrid from
// 3.5 on, and refuses a list with a name that it does not know.
constexpr const char* kGroupsWithHybrid = "X25519MLKEM768:X25519:P-256:P-384";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

bool set_rules(SSL_CTX* context) {
  const bool groups = SSL_CTX_set1_groups_list(context, kGroupsWithHybrid) == 1 ||
                      SSL_CTX_set1_groups_list(context, kGroups) == 1;
  ERR_clear_error();
  return groups && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1;
}

}  // namespace

TlsSecurityProfile::TlsSecurityProfile(const SSL_METHOD* side)
    : context_(SSL_CTX_new(side)), socket_method_(new_socket_bio_method()) {
  if (context_ == nullptr || socket_method_ == nullptr || !set_rules(context_)) {
    SSL_CTX_free(context_);
    BIO_meth_free(socket_method_);
    throw std::bad_alloc();
  }
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context_, 1);
}

TlsSecurityProfile::~TlsSecurityProfile() {
  SSL_CTX_free(context_);
  BIO_meth_free(socket_method_);
}

}  // namespace hygiene::net
