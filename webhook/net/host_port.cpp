#include "net/host_port.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace hygiene::net {
namespace {

bool is_address_character(char c) {
  return base::hex_value(c) >= 0 || c == ':' || c == '.';
}

bool is_name_character(char c) {
  constexpr std::string_view kMarks = "-._~%!$&'()*+,;=";
  return base::is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  const Error error(Errc::invalid,
                    "\"" + std::string(text) + "\" is not HOST:PORT, such as 0.0.0.0:8443 or [::1]:8443");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return error;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return error;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return error;
  }
  HostPort address{host.empty() ? "0.0.0.0" : std::string(host), 0};
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (ec != std::errc() || port.empty() || end != port.data() + port.size()) return error;
  return address;
}

std::string to_string(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string origin_of(bool tls, const HostPort& address) {
  return (tls ? "https://" : "http://") + to_string(address);
}

bool is_authority(std::string_view text) {
  const bool literal = text.starts_with('[');
  const std::size_t end = literal ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  const std::string_view host = text.substr(literal ? 1 : 0, literal ? end - 1 : end);
  std::string_view port = text.substr(literal ? end + 1 : end);
  if (literal && host.empty()) return false;
  if (!std::ranges::all_of(host, literal ? is_address_character : is_name_character)) return false;
  if (port.empty()) return true;
  const bool colon = port.starts_with(':');
  port.remove_prefix(1);
  return colon && std::ranges::all_of(port, base::is_digit);
}

}  // namespace hygiene::net
