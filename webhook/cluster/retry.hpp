// How often and when a request that was put off is sent again. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <optional>

namespace hygiene::cluster {

struct RetryRules {
  unsigned attempts_max = 5;                    // in all
  std::chrono::milliseconds first_pause{250};   // doubled for each attempt
  std::chrono::milliseconds pause_max{8'000};   // of pauses that nobody asked for
  std::chrono::milliseconds asked_max{60'000};  // a Retry-After beyond it is not waited for
};

// Nothing was done, or nothing that a second time would not do again: 429 for any verb (API priority and
// fairness); 500 (an API server whose etcd elects a leader says so), 502, 503 and 504 where `repeatable`.
bool may_retry(unsigned status, bool repeatable);

// The pause before attempt `attempt` + 1, counted from 1; nothing: give up. What a Retry-After asks for is
// waited for in full, and up to a quarter more; else between half and the whole of the doubled pause:
// `spread`, from 0 to 1, keeps clients that were turned away together from coming back together.
std::optional<std::chrono::milliseconds> pause_after(const RetryRules& rules, unsigned attempt,
                                                     std::optional<std::chrono::seconds> asked,
                                                     double spread);

}  // namespace hygiene::cluster
