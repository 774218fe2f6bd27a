// Certificates and keys from and to PEM, for the .cpp files of this folder. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "x509/openssl_ptr.hpp"

namespace hygiene::x509 {

// Every certificate of a text, in order; empty if there is none or one is damaged.
std::vector<X509Ptr> certificates_of(const std::string& pem);
// Of `what`, a text that holds no certificate or a damaged one: syntax.
Error not_pem(std::string_view what);
// Errors: syntax (no key), unsupported (it is encrypted). Never asks a terminal for a passphrase.
Result<PkeyPtr> key_of(const std::string& pem);

// What a memory BIO holds.
std::string text_of(BIO* memory);
// Throw std::bad_alloc.
std::string pem_of(X509* certificate);
base::WipingText pem_of(EVP_PKEY* key);

// `sentence`, and OpenSSL's reason for its last error, which is then forgotten.
Error openssl_error(std::string sentence);

}  // namespace hygiene::x509
