// What lets OpenSSL read and write a non-blocking socket itself. Two things that OpenSSL's own socket BIO
// does not do: a write to a closed connection raises no SIGPIPE, and a read that returned less than was asked
// for ends the round without another system call to be told EAGAIN. Thread-safety: one thread at a time.
#pragma once

#include <openssl/bio.h>

namespace hygiene::net {

struct SocketState {
  int fd = -1;
  bool drained =
      false;  // the last read took all there was: wait until the socket is readable, then clear this
  bool eof = false;
  int error = 0;  // errno of the last operation that failed
};

// The operations; one is enough for all connections. Null for want of memory. Free it with BIO_meth_free.
BIO_METHOD* new_socket_bio_method();
// A BIO over `state`, which must outlive it. Null for want of memory.
BIO* new_socket_bio(const BIO_METHOD* method, SocketState& state);

}  // namespace hygiene::net
