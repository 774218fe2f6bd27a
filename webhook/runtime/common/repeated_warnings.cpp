#include "runtime/common/repeated_warnings.hpp"

namespace hygiene::runtime {

void RepeatedWarnings::add(std::string_view what, const Error& error) {
  const Clock::time_point now = Clock::now();
  const auto [found, first] = kinds_.try_emplace(what);
  Kind& kind = found->second;
  ++kind.times;
  if (!first && now - kind.written < apart_) return;
  log_.warning(what, {{"error", error.message()}, {"times", kind.times}});
  kind = {now, 0};
}

}  // namespace hygiene::runtime
