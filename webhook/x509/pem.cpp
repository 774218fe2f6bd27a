#include "x509/pem.hpp"

#include <limits>
#include <new>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace hygiene::x509 {
namespace {

// Records that a passphrase was wanted, and gives none.
int refuse_passphrase(char*, int, int, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return 0;
}

BioPtr reader_of(const std::string& pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

BioPtr new_memory(const BIO_METHOD* method) {
  BioPtr memory(BIO_new(method));
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

std::vector<X509Ptr> certificates_of(const std::string& pem) {
  std::vector<X509Ptr> all;
  const BioPtr reader = reader_of(pem);
  bool wanted = false;
  while (reader) {
    X509Ptr next(PEM_read_bio_X509(reader.get(), nullptr, refuse_passphrase, &wanted));
    if (!next) break;
    all.push_back(std::move(next));
  }
  // The end of the text is the one failure that is none.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) all.clear();
  ERR_clear_error();
  return all;
}

Error not_pem(std::string_view what) {
  return {
      Errc::syntax,
      std::string(what) + " is not PEM: it must hold whole blocks from BEGIN CERTIFICATE to END CERTIFICATE"};
}

Result<PkeyPtr> key_of(const std::string& pem) {
  bool passphrase_wanted = false;
  const BioPtr reader = reader_of(pem);
  PkeyPtr key(reader ? PEM_read_bio_PrivateKey(reader.get(), nullptr, refuse_passphrase, &passphrase_wanted)
                     : nullptr);
  ERR_clear_error();
  if (passphrase_wanted) {
    return Error(Errc::unsupported, "the key is encrypted: give it without a passphrase");
  }
  if (!key) return Error(Errc::syntax, "the key is not PEM: it must hold one whole block of a PRIVATE KEY");
  return key;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string pem_of(X509* certificate) {
  const BioPtr memory = new_memory(BIO_s_mem());
  if (PEM_write_bio_X509(memory.get(), certificate) != 1) throw std::bad_alloc();
  return text_of(memory.get());
}

base::WipingText pem_of(EVP_PKEY* key) {
  // The secure kind of memory BIO zeroes what it gives up.
  const BioPtr memory = new_memory(BIO_s_secmem());
  if (PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    throw std::bad_alloc();
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return base::WipingText(std::string_view(data, static_cast<std::size_t>(size)));
}

Error openssl_error(std::string sentence) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return Error(Errc::invalid,
               std::move(sentence) + ": " + (reason != nullptr ? reason : "refused by OpenSSL"));
}

}  // namespace hygiene::x509
