// What every TLS connection of the program may negotiate, whichever side it is on: what the contexts of both
// sides stand on. Thread-safety: immutable.
#pragma once

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct bio_method_st BIO_METHOD;

namespace hygiene::net {

// TLS 1.2 and 1.3. Key exchange by X25519, P-256 or P-384 only, and by X25519MLKEM768 where this OpenSSL has
// it: these cost the side that answers a fraction of a millisecond. OpenSSL also takes finite-field groups by
// default, and an ffdhe8192 key share, which a client may send again without any work of its own, costs a
// server some 100 ms (CVE-2002-20001, CVE-2022-40735). Under TLS 1.2 ECDHE with an AEAD cipher only, so never
// DHE, RSA key exchange or CBC.
class TlsRules {
 public:
  TlsRules(const TlsRules&) = delete;
  TlsRules& operator=(const TlsRules&) = delete;

  SSL_CTX* native() const { return context_; }
  const BIO_METHOD* socket_method() const { return socket_method_; }

 protected:
  // Throws std::bad_alloc: for want of memory, or where this OpenSSL has none of these.
  explicit TlsRules(const SSL_METHOD* side);
  ~TlsRules();

  SSL_CTX* context_;

 private:
  BIO_METHOD* socket_method_;
};

}  // namespace hygiene::net
