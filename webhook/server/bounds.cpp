#include "server/bounds.hpp"

#include <array>

namespace hygiene::server {

std::string_view to_string(Bound bound) {
  static constexpr std::array<std::string_view, kBounds> kNames{
      "header",      "body",         "connections", "kept_bytes", "handshake_time",
      "header_time", "request_time", "write_time",  "idle_time"};
  return kNames[static_cast<std::size_t>(bound)];
}

}  // namespace hygiene::server
