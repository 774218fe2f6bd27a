#include "runtime/serving/request_target.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace hygiene::runtime {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> parse_timeout(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (ec != std::errc() || count == 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "s") return milliseconds(std::int64_t{count} * 1000);
  if (unit == "ms") return milliseconds(count);
  return std::nullopt;
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
