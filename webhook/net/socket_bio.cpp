#include "net/socket_bio.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace hygiene::net {
namespace {

SocketState& state_of(BIO* bio) {
  return *static_cast<SocketState*>(BIO_get_data(bio));
}

bool is_transient(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int read_socket(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  SocketState& state = state_of(bio);
  if (!state.ahead.empty()) {
    const std::size_t taken = state.ahead.copy(into, static_cast<std::size_t>(size));
    state.ahead.remove_prefix(taken);
    return static_cast<int>(taken);
  }
  if (state.eof) return 0;
  if (state.drained) {
    BIO_set_retry_read(bio);
    return -1;
  }
  auto const got = recv(state.fd, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got > 0) {
    state.drained = got < size;
    return static_cast<int>(got);
  }
  if (got == 0) {
    state.eof = true;
    return 0;
  }
  if (is_transient(errno)) {
    state.drained = true;
    BIO_set_retry_read(bio);
  } else {
    state.error = errno;
  }
  return -1;
}

int write_socket(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  SocketState& state = state_of(bio);
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (state.more ? MSG_MORE : 0);
  auto const put = send(state.fd, from, static_cast<std::size_t>(size), flags);
  if (put >= 0) return static_cast<int>(put);
  if (is_transient(errno)) {
    BIO_set_retry_write(bio);
  } else {
    state.error = errno;
  }
  return -1;
}

long control_socket(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH)
    return 1;  // nothing is held back here, and by the kernel only until the last record
  if (command == BIO_CTRL_EOF) return state_of(bio).eof ? 1 : 0;
  return 0;
}

}  // namespace

BIO_METHOD* new_socket_bio_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket of an io_context");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read(method, read_socket);
  BIO_meth_set_write(method, write_socket);
  BIO_meth_set_ctrl(method, control_socket);
  return method;
}

BIO* new_socket_bio(const BIO_METHOD* method, SocketState& state) {
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &state);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace hygiene::net
