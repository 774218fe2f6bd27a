// What the proxy reports while it runs, for metrics and the log. Thread-safety: called on worker
// threads, so an implementation must be thread-safe, and must not block.
#pragma once

#include <cstddef>

#include "base/error.hpp"
#include "proxy/target_rewriter.hpp"

namespace hygiene::proxy {

enum class Direction { to_api_server, to_client };

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void request(Passage passage) = 0;
  virtual void bytes(Direction direction, std::size_t count) = 0;
  // The number of open watches with added selectors changed by so many.
  virtual void watches(int change) = 0;
  // The API server could not be reached or is not trusted, or there is no token to inject.
  virtual void upstream_failed(const Error& error) = 0;
};

}  // namespace hygiene::proxy
