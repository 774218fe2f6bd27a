#include "runtime/serving/request_target.hpp"

#include <algorithm>

#include "base/duration.hpp"

namespace hygiene::runtime {
namespace {

using std::chrono::milliseconds;

// Source: timeoutSeconds of a webhook is from 1 to 30.
constexpr milliseconds kTimeoutMax{30'000};

std::optional<milliseconds> parse_timeout(std::string_view text) {
  const auto timeout = base::parse_duration(text);
  return timeout && timeout->count() > 0 && *timeout <= kTimeoutMax ? timeout : std::nullopt;
}

}  // namespace

RequestTarget parse_request_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  RequestTarget parsed{target.substr(0, mark), std::nullopt};
  if (mark == std::string_view::npos) return parsed;
  std::string_view query = target.substr(mark + 1);
  constexpr std::string_view kTimeout = "timeout=";
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (pair.starts_with(kTimeout)) parsed.timeout = parse_timeout(pair.substr(kTimeout.size()));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return parsed;
}

milliseconds within(milliseconds timeout) {
  return timeout - std::min(timeout / 10, milliseconds(500));
}

}  // namespace hygiene::runtime
