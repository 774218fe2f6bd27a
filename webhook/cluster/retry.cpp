#include "cluster/retry.hpp"

#include <algorithm>

namespace hygiene::cluster {
namespace {

using Milliseconds = std::chrono::milliseconds;

Milliseconds scaled(Milliseconds pause, double factor) {
  return std::chrono::duration_cast<Milliseconds>(pause * factor);
}

}  // namespace

bool may_retry(unsigned status, bool repeatable) {
  return status == 429 || (repeatable && (status == 500 || (status >= 502 && status <= 504)));
}

std::optional<Milliseconds> pause_after(const RetryRules& rules, unsigned attempt,
                                        std::optional<std::chrono::seconds> asked, double spread) {
  if (attempt >= rules.attempts_max) return std::nullopt;
  if (asked && asked->count() > 0) {
    if (*asked > rules.asked_max) return std::nullopt;
    return scaled(*asked, 1 + spread / 4);
  }
  const Milliseconds doubled = rules.first_pause * (1U << std::min(attempt - 1, 16U));
  return scaled(std::min(doubled, rules.pause_max), 0.5 + spread / 2);
}

}  // namespace hygiene::cluster
