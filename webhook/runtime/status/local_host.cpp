#include "runtime/status/local_host.hpp"

#include <algorithm>
#include <string>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>

#include "base/ascii.hpp"

namespace hygiene::runtime {

bool is_local_host(std::string_view host) {
  if (host.empty()) return true;
  const bool v6 = host.front() == '[';
  const std::size_t name_end = v6 ? host.find(']') : std::min(host.find(':'), host.size());
  if (name_end == std::string_view::npos) return false;
  const std::string_view name = v6 ? host.substr(1, name_end - 1) : host.substr(0, name_end);
  const std::string_view rest = host.substr(name_end + (v6 ? 1 : 0));
  if (!rest.empty() && (rest.front() != ':' || !std::ranges::all_of(rest.substr(1), base::is_digit)))
    return false;
  if (!v6 && boost::iequals(name, "localhost")) return true;
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(name), ec);
  return !ec && address.is_v6() == v6;
}

}  // namespace hygiene::runtime
