#include "base/ascii.hpp"

#include <iterator>

#include <boost/algorithm/hex.hpp>

namespace hygiene::base {

std::string to_hex(std::span<const unsigned char> bytes) {
  std::string text;
  boost::algorithm::hex_lower(bytes.begin(), bytes.end(), std::back_inserter(text));
  return text;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += '%' + boost::algorithm::hex(std::string(1, c));
    }
  }
  return encoded;
}

}  // namespace hygiene::base
