#include "support/scripted_server.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test_client.hpp"

namespace hygiene::test {
namespace {

// One connection's bytes, plain or TLS.
class Wire {
 public:
  Wire(int fd, SSL_CTX* context) : fd_(fd), ssl_(nullptr, SSL_free) {
    if (context == nullptr) return;
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd);
  }
  bool handshake() { return !ssl_ || SSL_accept(ssl_.get()) == 1; }
  std::string receive() {
    std::string bytes(16 * 1024, '\0');
    const auto got = ssl_ ? SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                          : ::recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  bool send(std::string_view bytes) { return send_all(ssl_.get(), fd_, bytes); }
  std::string client_name() const {
    if (!ssl_) return {};
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr) return {};
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return name;
  }
  void end() {
    if (ssl_) SSL_shutdown(ssl_.get());
  }

 private:
  int fd_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

std::size_t length_of(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

// Whatever comes is dropped before TCP sees it, once all that was sent has been acknowledged: nothing is sent
// again then.
void vanish(int fd) {
  for (int unacknowledged = 1; unacknowledged > 0;) {
    if (ioctl(fd, SIOCOUTQ, &unacknowledged) != 0)
      throw std::runtime_error("the scripted server cannot vanish");
    std::this_thread::yield();
  }
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog all{1, &nothing};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all) != 0)
    throw std::runtime_error("the scripted server cannot vanish");
}

}  // namespace

ScriptedServer::ScriptedServer(Handler handler)
    : handler_(std::move(handler)), context_(nullptr, SSL_CTX_free) {
  listen();
}

ScriptedServer::ScriptedServer(Handler handler, const ScriptedTls& tls)
    : handler_(std::move(handler)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  SSL_CTX_use_certificate(context_.get(), tls.identity.certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), tls.identity.key.get());
  if (tls.client_ca != nullptr) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), tls.client_ca->certificate.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | (tls.demands ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
  }
  SSL_CTX_set_max_proto_version(context_.get(), tls.version_max);
  listen();
}

void ScriptedServer::listen() {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own socket BIO writes without MSG_NOSIGNAL
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the scripted server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

void ScriptedServer::accept_all() {
  for (std::size_t connection = 0;; ++connection) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    open_.push_back(fd);
    threads_.emplace_back([this, fd, connection] { serve(fd, connection); });
  }
}

void ScriptedServer::serve(int fd, std::size_t connection) {
  Wire wire(fd, context_.get());
  std::string text;
  bool goes_on = wire.handshake();
  while (goes_on) {
    const std::string more = wire.receive();
    if (more.empty()) break;
    text += more;
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    ScriptedRequest request;
    request.head = text.substr(0, end + 4);
    const std::size_t whole = end + 4 + length_of(request.head);
    if (text.size() < whole) continue;
    request.body = text.substr(end + 4, whole - end - 4);
    text.erase(0, whole);
    const auto space = request.head.find(' ');
    request.method = request.head.substr(0, space);
    request.target = request.head.substr(space + 1, request.head.find(' ', space + 1) - space - 1);
    request.connection = connection;
    request.client_name = wire.client_name();
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    ScriptedAnswer out;
    {
      const std::lock_guard lock(handler_mutex_);
      out = handler_(request);
    }
    goes_on = wire.send(out.bytes);
    for (std::size_t i = 0; goes_on && i < out.trickle.size(); ++i) {
      std::this_thread::sleep_for(out.trickle_pause);
      goes_on = wire.send(out.trickle.substr(i, 1));
    }
    goes_on = goes_on && !out.close;
    if (out.silence) wire.receive();
    if (out.deaf && out.close) wire.end();
    if (out.vanish) vanish(fd);
    if (out.deaf || out.vanish) {
      std::unique_lock lock(mutex_);
      if (out.vanish) ++vanished_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return stopping_; });
      goes_on = false;
    }
  }
  wire.end();
  const std::lock_guard lock(mutex_);
  open_.erase(std::remove(open_.begin(), open_.end(), fd), open_.end());
  close(fd);
}

std::string ScriptedRequest::parameter(const std::string& name) const {
  const std::string query = '&' + target.substr(std::min(target.find('?') + 1, target.size()));
  const auto at = query.find('&' + name + '=');
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  std::string value = query.substr(begin, query.find('&', begin) - begin);
  for (auto escape = value.find('%'); escape != std::string::npos; escape = value.find('%', escape + 1))
    value.replace(escape, 3, 1, static_cast<char>(std::stoi(value.substr(escape + 1, 2), nullptr, 16)));
  return value;
}

std::string ScriptedServer::url() const {
  return (context_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

void ScriptedServer::wait_for_vanished(std::size_t connections) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this, connections] { return vanished_ == connections; });
}

std::vector<ScriptedRequest> ScriptedServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

ScriptedAnswer answer(int status, std::string_view body, std::string_view more) {
  ScriptedAnswer made;
  made.bytes = "HTTP/1.1 " + std::to_string(status) +
               " Said\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n" + std::string(more) + "\r\n" + std::string(body);
  return made;
}

ScriptedAnswer chunked(int status, const std::vector<std::string>& chunks, std::string_view more) {
  ScriptedAnswer made;
  made.bytes = "HTTP/1.1 " + std::to_string(status) +
               " Said\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n" +
               std::string(more) + "\r\n";
  for (const std::string& chunk : chunks) {
    char size[32];
    snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    made.bytes += size + chunk + "\r\n";
  }
  made.bytes += "0\r\n\r\n";
  return made;
}

ScriptedAnswer status_answer(int status, std::string_view reason, std::string_view message,
                             std::string_view more) {
  return answer(status,
                R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" +
                    std::string(message) + R"(","reason":")" + std::string(reason) + R"(","code":)" +
                    std::to_string(status) + "}",
                more);
}

ScriptedAnswer hang_up() {
  ScriptedAnswer answer;
  answer.close = true;
  return answer;
}

ScriptedAnswer no_answer() {
  ScriptedAnswer answer;
  answer.silence = true;
  return answer;
}

}  // namespace hygiene::test
