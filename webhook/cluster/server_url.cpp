#include "cluster/server_url.hpp"

#include <algorithm>
#include <charconv>

#include <boost/algorithm/string/case_conv.hpp>

#include "base/ascii.hpp"

namespace hygiene::cluster {

Result<ServerUrl> parse_server_url(std::string_view url, Scheme without_scheme) {
  const Error bad(Errc::invalid, "is not a URL such as https://host:6443");
  const auto unprintable = [](char c) { return c == ' ' || base::is_control(c); };
  if (std::ranges::any_of(url, unprintable)) return bad;
  ServerUrl read;
  const std::size_t scheme_end = url.find("://");
  const bool has_scheme = scheme_end != std::string_view::npos;
  read.scheme = has_scheme ? boost::to_lower_copy(std::string(url.substr(0, scheme_end)))
                : without_scheme == Scheme::https ? "https"
                                                  : "http";
  if (has_scheme) url.remove_prefix(scheme_end + 3);
  read.port = read.scheme == "https" ? 443 : read.scheme == "http" ? 80 : read.scheme == "socks5" ? 1080 : 0;
  const std::size_t slash = std::min(url.find('/'), url.size());
  read.path = url.substr(slash);
  while (!read.path.empty() && read.path.back() == '/') read.path.pop_back();
  if (!has_scheme && !read.path.empty()) return bad;
  std::string_view authority = url.substr(0, slash);
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad;
    read.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!authority.empty() && authority.front() != ':') return bad;
    if (!authority.empty()) port = authority.substr(1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    read.host = authority.substr(0, colon);
    if (colon < authority.size()) port = authority.substr(colon + 1);
  }
  if (!port.empty()) {
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), read.port);
    if (ec != std::errc() || end != port.data() + port.size()) return bad;
  }
  if (read.host.empty() || read.host.find('@') != std::string::npos || read.port == 0) return bad;
  return read;
}

}  // namespace hygiene::cluster
