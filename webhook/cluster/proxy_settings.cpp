#include "cluster/proxy_settings.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <boost/algorithm/string.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "cluster/server_url.hpp"

namespace hygiene::cluster {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

std::string variable(std::string name) {
  for (int i = 0; i < 2; ++i, boost::to_lower(name)) {
    const char* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

bool in_network(const std::string& network, const ip::address& address) {
  error_code ec;
  if (address.is_v4()) {
    const auto block = ip::make_network_v4(network, ec);
    return !ec && (ip::network_v4(address.to_v4(), block.prefix_length()).canonical() == block.canonical());
  }
  const auto block = ip::make_network_v6(network, ec);
  return !ec && (ip::network_v6(address.to_v6(), block.prefix_length()).canonical() == block.canonical());
}

// One entry of NO_PROXY: *, an address, a block of addresses, a name with its subdomains, or, with a dot
// before it, the subdomains alone; each but a block may have a port. Source: golang.org/x/net/http/httpproxy.
bool leaves_out(std::string entry, const std::string& host, std::uint16_t port) {
  if (entry == "*") return true;
  error_code ec;
  const ip::address address = ip::make_address(host, ec);
  const bool is_address = !ec;
  if (entry.find('/') != std::string::npos) return is_address && in_network(entry, address);
  const ip::address whole = ip::make_address(entry, ec);
  if (!ec) return is_address && whole == address;
  const std::size_t colon = entry.rfind(':');
  if (colon != std::string::npos) {
    if (entry.substr(colon + 1) != std::to_string(port)) return false;
    entry.resize(colon);
    boost::trim_if(entry, boost::is_any_of("[]"));
  }
  if (is_address) return entry == host;
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.starts_with('.')) return boost::iends_with(host, entry);
  return boost::iequals(host, entry) || boost::iends_with(host, '.' + entry);
}

bool goes_directly(const std::string& host, std::uint16_t port) {
  if (boost::iequals(host, "localhost")) return true;
  error_code ec;
  const ip::address address = ip::make_address(host, ec);
  if (!ec && address.is_loopback()) return true;
  std::vector<std::string> entries;
  const std::string listed = variable("NO_PROXY");
  boost::split(entries, listed, boost::is_any_of(","));
  for (std::string& entry : entries) {
    boost::trim(entry);
    if (!entry.empty() && leaves_out(entry, host, port)) return true;
  }
  return false;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && base::hex_value(text[i + 1]) >= 0 &&
                        base::hex_value(text[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(base::hex_value(text[i + 1]) * 16 + base::hex_value(text[i + 2]))
                      : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

Result<std::optional<net::HttpProxy>> read_proxy(std::string url, const std::string& where) {
  const std::size_t begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  std::string user;
  if (at != std::string::npos && at >= begin) {
    user = percent_decoded(std::string_view(url).substr(begin, at - begin));
    url.erase(begin, at + 1 - begin);
  }
  const auto server = parse_server_url(url, Scheme::http);
  if (!server)
    return Error(server.error().code(), where + " is not the URL of a proxy, such as http://host:3128");
  if (server->scheme != "http") {
    return Error(Errc::unsupported, where + " has the scheme " + server->scheme +
                                        ", which this client does not support; use a proxy with http");
  }
  net::HttpProxy proxy;
  proxy.host = server->host;
  proxy.port = server->port;
  if (!user.empty()) proxy.authorization = "Basic " + base::encode_base64(user);
  return std::optional(std::move(proxy));
}

}  // namespace

Result<std::optional<net::HttpProxy>> proxy_to(const std::string& proxy_url, const std::string& host,
                                               std::uint16_t port, bool tls) {
  if (!proxy_url.empty()) return read_proxy(proxy_url, "its proxy-url");
  const char* name = tls ? "HTTPS_PROXY" : "HTTP_PROXY";
  const std::string url = variable(name);
  if (url.empty() || goes_directly(host, port)) return std::optional<net::HttpProxy>();
  return read_proxy(url, name);
}

}  // namespace hygiene::cluster
