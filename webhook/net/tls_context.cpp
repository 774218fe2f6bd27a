#include "net/tls_context.hpp"

#include <string_view>

#include <openssl/err.h>

#include "x509/openssl_ptr.hpp"
#include "x509/pem.hpp"

namespace hygiene::net {
namespace {

// Four TLS records of 16 KiB are read by one system call.
constexpr std::size_t kReadBufferBytes = 64 * 1024;

// RFC 7301: picks http/1.1; a client that offers protocols without it is refused.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  constexpr std::string_view kHttp11 = "http/1.1";
  const std::string_view list(reinterpret_cast<const char*>(offered), offered_size);
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t size = offered[at];
    if (list.substr(at + 1, size) == kHttp11) {
      *chosen = offered + at + 1;
      *chosen_size = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
    at += 1 + size;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// After the chain was verified, the client's own certificate must bear the name; so a stranger ends in the
// handshake.
int verify_client(int verified, X509_STORE_CTX* store) {
  if (verified != 1 || X509_STORE_CTX_get_error_depth(store) != 0) return verified;
  const auto* ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* name = static_cast<const std::string*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (name->empty() || x509::bears_name(X509_STORE_CTX_get_current_cert(store), *name)) return 1;
  // Of the errors that fit, the one of which the client hears `bad_certificate`, not `handshake_failure`.
  X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

}  // namespace

// Not SSL_MODE_RELEASE_BUFFERS: with SSL_OP_CLEANSE_PLAINTEXT each release zeroes the whole read buffer, a
// fifth of the CPU time of a 4 KiB request.
TlsContext::TlsContext() : TlsSecurityProfile(TLS_server_method()) {
  // A client may end without a close_notify, and many do: where a request ends is known without it, and
  // OpenSSL would let no answer leave after it. Of an answer a TlsClientContext must know.
  SSL_CTX_set_options(context_, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_num_tickets(context_, 0);
  SSL_CTX_set_default_read_buffer_len(context_, kReadBufferBytes);
  SSL_CTX_set_alpn_select_cb(context_, choose_protocol, nullptr);
  SSL_CTX_set_app_data(context_, &client_name_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsMaterial& material) {
  const std::shared_ptr<TlsContext> made(new TlsContext());
  ERR_clear_error();
  if (auto used = made->use_certificate(material); used.has_error()) return used.error();
  if (auto used = made->use_key(material); used.has_error()) return used.error();
  if (material.many_idle) {
    SSL_CTX_set_mode(made->context_, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_read_buffer_len(made->context_, SSL3_RT_MAX_PLAIN_LENGTH);
  }
  if (auto used = made->demand_client(material); used.has_error()) return used.error();
  return std::shared_ptr<const TlsContext>(made);
}

Result<void> TlsContext::use_certificate(const TlsMaterial& material) {
  if (material.certificate_pem.empty()) {
    return Error(Errc::missing, "the certificate is empty: give the server's certificate in PEM");
  }
  auto chain = x509::certificates_of(material.certificate_pem);
  if (chain.empty()) {
    return Error(Errc::syntax, x509::not_pem("the certificate").message() + ", the server's own first");
  }
  X509* own = chain.front().get();
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
    return Error(Errc::expired, "the certificate has expired: renew it");
  }
  if (SSL_CTX_use_certificate(context_, own) != 1)
    return x509::openssl_error("the certificate cannot be used");
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context_, chain[i].get()) != 1) {
      return x509::openssl_error("a certificate of the chain cannot be used");
    }
  }
  certificate_ = x509::facts_of(own);
  return {};
}

Result<void> TlsContext::use_key(const TlsMaterial& material) {
  if (material.key_pem.empty()) {
    return Error(Errc::missing, "the key is empty: give the certificate's private key in PEM");
  }
  const auto key = x509::key_of(material.key_pem);
  if (!key) return key.error();
  if (X509_check_private_key(SSL_CTX_get0_certificate(context_), key->get()) != 1) {
    ERR_clear_error();
    return Error(Errc::invalid,
                 "the key does not match the certificate: give the two that were issued together");
  }
  if (SSL_CTX_use_PrivateKey(context_, key->get()) != 1) return x509::openssl_error("the key cannot be used");
  return {};
}

Result<void> TlsContext::demand_client(const TlsMaterial& material) {
  if (material.client_ca_pem.empty()) {
    if (material.client_name.empty()) return {};
    return Error(Errc::missing, "a client name was given without a client CA: give both");
  }
  const auto authorities = x509::certificates_of(material.client_ca_pem);
  if (authorities.empty()) return x509::not_pem("the client CA");
  for (const x509::X509Ptr& authority : authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context_, authority.get()) != 1) {
      return x509::openssl_error("the client CA cannot be used");
    }
  }
  client_name_ = material.client_name;
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_client);
  return {};
}

}  // namespace hygiene::net
