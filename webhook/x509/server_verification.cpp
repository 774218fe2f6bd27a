#include "x509/server_verification.hpp"

#include <memory>

#include <openssl/err.h>

#include "x509/openssl_ptr.hpp"
#include "x509/pem.hpp"

namespace hygiene::x509 {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, OpenSslDeleter<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, OpenSslDeleter<X509_STORE_CTX_free>>;
using StackPtr =
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>;

void expect_server(X509_VERIFY_PARAM* rules, const std::string& name,
                   std::chrono::system_clock::time_point now) {
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(rules, std::chrono::system_clock::to_time_t(now));
  expect_server_name(rules, name);
}

}  // namespace

ServerName expect_server_name(X509_VERIFY_PARAM* rules, const std::string& name) {
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) return ServerName::address;
  ERR_clear_error();
  if (X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size()) != 1) throw std::bad_alloc();
  return ServerName::dns;
}

std::string refusal_of(const std::string& chain_pem, const std::string& ca_pem, const std::string& name,
                       std::chrono::system_clock::time_point now) {
  const auto chain = certificates_of(chain_pem);
  const auto authorities = certificates_of(ca_pem);
  if (chain.empty()) return "the server's certificate is not PEM";
  if (authorities.empty()) return "the CA is not PEM";
  ERR_clear_error();
  const StorePtr store(X509_STORE_new());
  const StackPtr others(sk_X509_new_null());
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (!store || !others || !context) throw std::bad_alloc();
  for (const X509Ptr& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others.get(), chain[i].get());
  if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get()) != 1)
    throw std::bad_alloc();
  expect_server(X509_STORE_CTX_get0_param(context.get()), name, now);
  const bool taken = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return taken ? std::string() : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

}  // namespace hygiene::x509
