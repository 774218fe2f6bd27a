#include "server/bounds.hpp"

namespace hygiene::server {

std::string_view to_string(Bound bound) {
  switch (bound) {
    case Bound::header:
      return "header";
    case Bound::body:
      return "body";
    case Bound::connections:
      return "connections";
    case Bound::kept_bytes:
      return "kept_bytes";
    case Bound::handshake_time:
      return "handshake_time";
    case Bound::header_time:
      return "header_time";
    case Bound::request_time:
      return "request_time";
    case Bound::write_time:
      return "write_time";
    case Bound::idle_time:
      return "idle_time";
  }
  return "unknown";
}

}  // namespace hygiene::server
