// Opens a connection to a server, up to the end of the handshake. Thread-safety: the thread of its
// io_context.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "net/happy_eyeballs.hpp"
#include "net/stream.hpp"
#include "net/tls_client_context.hpp"
#include "x509/certificate.hpp"

namespace hygiene::net {

// TCP's probes, which notice a peer that vanished. Source: tcp(7).
struct PeerProbes {
  std::chrono::seconds idle{30};     // of silence before the first probe
  std::chrono::seconds interval{5};  // between two probes
  int count = 3;
  // How long probes or bytes may stay unacknowledged. With these values a peer is given up after about 45 s,
  // as by client-go's HTTP/2.
  std::chrono::milliseconds unacknowledged{45'000};
};

// An HTTP proxy that opens tunnels: CONNECT of RFC 9110, section 9.3.6, in plain HTTP.
struct HttpProxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // the value of Proxy-Authorization; empty: none

  // As in a URL, without user and password.
  std::string url() const;
  bool operator==(const HttpProxy&) const = default;
};

struct Destination {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 0;
  std::shared_ptr<const TlsClientContext> tls;  // null: plain TCP
  std::string server_name;                      // the name that the certificate must have; empty: host
  std::optional<HttpProxy> proxy;               // nothing: the server is reached directly
  std::optional<PeerProbes> probes;             // nothing: the kernel's limits

  // As in a URL: https://host:port.
  std::string url() const;
};

class Dialler {
 public:
  explicit Dialler(const boost::asio::any_io_executor& executor);

  // Errors, each with the destination: io (unreachable, the proxy refused, or the handshake failed), denied
  // (the server's certificate is not trusted; says why). Precondition: no other open() is under way.
  boost::asio::awaitable<Result<std::unique_ptr<Stream>>> open(Destination to);
  // The certificate that the server showed in the last open(), trusted or not.
  const std::optional<x509::CertificateFacts>& shown() const { return shown_; }
  // Ends open(), as HappyEyeballsConnector::cancel() does.
  void cancel() noexcept;

 private:
  boost::asio::awaitable<Result<void>> tunnel(const Destination& to);

  HappyEyeballsConnector connector_;
  boost::asio::ip::tcp::socket socket_;  // connected, before the stream takes it
  std::unique_ptr<Stream> stream_;       // in its handshake
  bool cancelled_ = false;
  std::optional<x509::CertificateFacts> shown_;
};

// Returns the certificate that a server shows, without trusting it: nothing is sent after the handshake.
// Errors: io.
boost::asio::awaitable<Result<x509::CertificateFacts>> certificate_shown_by(Destination to,
                                                                            std::chrono::milliseconds within);

}  // namespace hygiene::net
