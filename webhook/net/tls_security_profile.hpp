// What every TLS connection of the program may negotiate, as client or server: the base of both contexts.
// Thread-safety: immutable.
#pragma once

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct bio_method_st BIO_METHOD;

namespace hygiene::net {

// TLS 1.2 and 1.3. Key exchange by X25519, P-256 or P-384, and by X25519MLKEM768 if this OpenSSL has it: each
// costs the answering side a fraction of a millisecond. OpenSSL's default also takes finite-field groups: an
// ffdhe8192 key share, which a client may send again at no cost, costs a server some 100 ms (CVE-2002-20001,
// CVE-2022-40735). TLS 1.2 uses ECDHE with an AEAD cipher only, so never DHE, RSA key exchange or CBC.
class TlsSecurityProfile {
 public:
  TlsSecurityProfile(const TlsSecurityProfile&) = delete;
  TlsSecurityProfile& operator=(const TlsSecurityProfile&) = delete;

  SSL_CTX* native() const { return context_; }
  const BIO_METHOD* socket_method() const { return socket_method_; }

 protected:
  // Throws std::bad_alloc: out of memory, or this OpenSSL has none of these.
  explicit TlsSecurityProfile(const SSL_METHOD* side);
  ~TlsSecurityProfile();

  SSL_CTX* context_;

 private:
  BIO_METHOD* socket_method_;
};

}  // namespace hygiene::net
