#include "commands/proxy/proxy_place.hpp"

#include <boost/asio/ip/address.hpp>

#include "net/host_port.hpp"

namespace hygiene::commands {
namespace {

constexpr std::string_view kUnix = "unix:";

Error invalid(const std::string& sentence) {
  return Error(Errc::invalid, sentence);
}

Result<ProxyPlace> tcp_place(const ProxyOptions& options) {
  const auto address = net::parse_host_port(options.listen);
  if (!address) return Error(address.error().code(), "--listen: " + address.error().message());
  boost::system::error_code ec;
  const auto parsed = boost::asio::ip::make_address(address->host, ec);
  if (ec || parsed.is_unspecified()) {
    return invalid("--listen " + options.listen +
                   ": give the one address that the controller connects to, such as 127.0.0.1:6444");
  }
  const bool demands_client = !options.client_ca.empty();
  if (!parsed.is_loopback() && (!demands_client || options.insecure_http)) {
    return invalid("--listen " + options.listen +
                   " can be reached from outside the pod: listen on 127.0.0.1, or demand client certificates "
                   "with --client-ca");
  }
  if (options.insecure_http && demands_client) {
    return invalid("--client-ca needs TLS: leave out --insecure-http");
  }
  if (options.inject_token && !demands_client) {
    return invalid(
        "--inject-token gives the pod's rights to whoever connects: listen on unix:PATH, or demand client "
        "certificates with --client-ca");
  }
  ProxyPlace place;
  place.host = parsed.to_string();
  place.port = address->port;
  place.tls = !options.insecure_http;
  return place;
}

Result<ProxyPlace> unix_place(const ProxyOptions& options) {
  ProxyPlace place;
  place.unix_path = options.listen.substr(kUnix.size());
  place.tls = false;
  if (place.unix_path.empty()) return invalid("--listen unix:PATH: the path is missing");
  if (!options.client_ca.empty() || !options.tls_dir.empty()) {
    return invalid("a Unix socket has no TLS: leave out --client-ca and --tls-dir");
  }
  if (!options.write_kubeconfig.empty()) {
    return invalid("a kubeconfig cannot name a Unix socket: leave out --write-kubeconfig, or listen on TCP");
  }
  return place;
}

}  // namespace

std::string ProxyPlace::url(std::uint16_t actual_port) const {
  return net::origin_of(tls, {host, actual_port});
}

std::vector<std::string> ProxyPlace::names() const {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  if (host != "127.0.0.1" && host != "::1") names.push_back(host);
  return names;
}

std::vector<std::string> ProxyPlace::hosts(std::uint16_t actual_port) const {
  std::vector<std::string> hosts;
  if (!unix_path.empty()) return hosts;
  // A client leaves out the port that the scheme stands for.
  const bool usual_port = actual_port == (tls ? 443 : 80);
  for (const std::string& name : names()) {
    hosts.push_back(to_string(net::HostPort{name, actual_port}));
    if (usual_port) hosts.push_back(hosts.back().substr(0, hosts.back().rfind(':')));
  }
  return hosts;
}

Result<ProxyPlace> place_of(const ProxyOptions& options) {
  if (!options.client_name.empty() && options.client_ca.empty()) {
    return invalid("--client-name needs --client-ca, the CA that signs the client's certificate");
  }
  return options.listen.starts_with(kUnix) ? unix_place(options) : tcp_place(options);
}

}  // namespace hygiene::commands
