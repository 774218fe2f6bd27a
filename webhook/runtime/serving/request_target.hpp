// The request target of an admission call, taken apart.
// Source: kube-apiserver 1.36.3 sends `POST /path?timeout=10s`, the timeoutSeconds of that webhook as a Go
// duration. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace hygiene::runtime {

struct RequestTarget {
  std::string_view path;
  std::optional<std::chrono::milliseconds> timeout;  // nothing if absent, 0 or over 30 s
};

RequestTarget parse_request_target(std::string_view target);

// How long an answer is of use to a caller that waits for `timeout`: a tenth of it, at most 500 ms, goes to
// the network.
std::chrono::milliseconds within(std::chrono::milliseconds timeout);

}  // namespace hygiene::runtime
