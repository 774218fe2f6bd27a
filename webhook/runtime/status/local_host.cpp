#include "runtime/status/local_host.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include <boost/asio/ip/address.hpp>

namespace hygiene::runtime {
namespace {

bool are_digits(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_localhost(std::string_view name) {
  return std::ranges::equal(name, std::string_view("localhost"),
                            [](unsigned char given, char wanted) { return std::tolower(given) == wanted; });
}

}  // namespace

bool is_local_host(std::string_view host) {
  if (host.empty()) return true;
  const bool v6 = host.front() == '[';
  const std::size_t name_end = v6 ? host.find(']') : std::min(host.find(':'), host.size());
  if (name_end == std::string_view::npos) return false;
  const std::string_view name = v6 ? host.substr(1, name_end - 1) : host.substr(0, name_end);
  const std::string_view rest = host.substr(name_end + (v6 ? 1 : 0));
  if (!rest.empty() && (rest.front() != ':' || !are_digits(rest.substr(1)))) return false;
  if (!v6 && is_localhost(name)) return true;
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(name), ec);
  return !ec && address.is_v6() == v6;
}

}  // namespace hygiene::runtime
