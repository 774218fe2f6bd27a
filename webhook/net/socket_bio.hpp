// A BIO by which OpenSSL itself reads and writes a non-blocking socket. OpenSSL's own socket BIO lacks four
// things: a write to a closed connection raises no SIGPIPE; after a short read no second system call asks for
// EAGAIN; bytes that were received with the news that the socket is readable come first; records that follow
// each other leave together. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include <openssl/bio.h>

namespace hygiene::net {

struct SocketState {
  int fd = -1;
  bool drained =
      false;  // the last read took all there was: wait until the socket is readable, then clear this
  std::string_view ahead;  // received already, not yet handed to OpenSSL
  bool eof = false;
  bool more = false;  // what is written next is followed by more at once
  int error = 0;      // errno of the last operation that failed
};

// The BIO's method, shared by all connections. Null: out of memory. Free it with BIO_meth_free.
BIO_METHOD* new_socket_bio_method();
// A BIO over `state`, which must outlive it. Null: out of memory.
BIO* new_socket_bio(const BIO_METHOD* method, SocketState& state);

}  // namespace hygiene::net
