#include "net/tls_rules.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace hygiene::net {
namespace {

// An API server offers all of these (Go 1.26), with key shares of the first two. OpenSSL has the hybrid from
// 3.5 on, and refuses a list with a name that it does not know.
constexpr const char* kGroupsWithHybrid = "X25519MLKEM768:X25519:P-256:P-384";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

}  // namespace

bool set_tls_rules(SSL_CTX* context) {
  const bool groups = SSL_CTX_set1_groups_list(context, kGroupsWithHybrid) == 1 ||
                      SSL_CTX_set1_groups_list(context, kGroups) == 1;
  ERR_clear_error();
  return groups && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1;
}

}  // namespace hygiene::net
