#include "net/tls_client_context.hpp"

#include <openssl/err.h>

#include "x509/openssl_ptr.hpp"
#include "x509/pem.hpp"

namespace hygiene::net {

TlsClientContext::TlsClientContext() : TlsSecurityProfile(TLS_client_method()) {
  constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // RFC 7301
  SSL_CTX_set_alpn_protos(context_, kHttp11, sizeof kHttp11);
}

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::make(const ClientTlsMaterial& material) {
  const std::shared_ptr<TlsClientContext> made(new TlsClientContext());
  ERR_clear_error();
  if (material.many_idle) SSL_CTX_set_mode(made->context_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(made->context_, material.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (auto trusted = made->trust(material.ca_pem); trusted.has_error()) return trusted.error();
  if (auto used = made->use_identity(material); used.has_error()) return used.error();
  return std::shared_ptr<const TlsClientContext>(made);
}

Result<void> TlsClientContext::trust(const std::string& ca_pem) {
  if (ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context_) != 1)
      return x509::openssl_error("the system's own CAs cannot be used");
    return {};
  }
  const auto authorities = x509::certificates_of(ca_pem);
  if (authorities.empty()) return x509::not_pem("the CA");
  X509_STORE* store = SSL_CTX_get_cert_store(context_);
  // As Go does: what is given is trusted, signed by itself or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const x509::X509Ptr& authority : authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1) return x509::openssl_error("the CA cannot be used");
  }
  return {};
}

Result<void> TlsClientContext::use_identity(const ClientTlsMaterial& material) {
  if (material.certificate_pem.empty() && material.key_pem.empty()) return {};
  if (material.certificate_pem.empty() || material.key_pem.empty()) {
    return Error(Errc::missing, "a client certificate and its key must be given together");
  }
  const auto chain = x509::certificates_of(material.certificate_pem);
  if (chain.empty()) return Error(Errc::syntax, "the client certificate is not PEM");
  const auto key = x509::key_of(material.key_pem);
  if (!key) return Error(key.error().code(), "the client certificate: " + key.error().message());
  if (SSL_CTX_use_certificate(context_, chain.front().get()) != 1) {
    return x509::openssl_error("the client certificate cannot be used");
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context_, chain[i].get()) != 1) {
      return x509::openssl_error("a certificate of the client's chain cannot be used");
    }
  }
  if (SSL_CTX_use_PrivateKey(context_, key->get()) != 1) {
    return x509::openssl_error("the key of the client certificate cannot be used");
  }
  return {};
}

}  // namespace hygiene::net
