#include "runtime/counting/outage.hpp"

namespace hygiene::runtime {

void Outage::failed(const std::string& what, Clock::time_point now) {
  kinds_.try_emplace(what, Kind{now, now}).first->second.last = now;
}

std::optional<std::string> Outage::longer_than(Clock::duration length) const {
  for (const auto& [what, kind] : kinds_) {
    if (kind.last - kind.first > length) return what;
  }
  return std::nullopt;
}

}  // namespace hygiene::runtime
