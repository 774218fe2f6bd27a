// Waiting between requests, for the rate limit and for an API server that is away, until somebody interrupts.
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>

#include "base/error.hpp"
#include "housekeeping/stored/interrupt.hpp"

namespace hygiene::housekeeping {

struct OutageRetryRules {
  std::chrono::milliseconds first{250};  // doubled for each further try
  std::chrono::milliseconds longest{5'000};
  // An API server that restarts, or another that takes over its address, is back within a minute.
  std::chrono::milliseconds in_all{120'000};
};

class OutageRetry {
 public:
  // `interrupt` must outlive it; null: nobody interrupts.
  explicit OutageRetry(const Interrupt* interrupt, OutageRetryRules rules = OutageRetryRules())
      : interrupt_(interrupt), rules_(rules) {}

  bool interrupted() const { return interrupt_ != nullptr && interrupt_->asked(); }
  // False: interrupted.
  bool sleep(std::chrono::nanoseconds length) const;
  // After a request that got no answer. False: interrupted, or it has been away for rules.in_all.
  bool wait_for_server();
  // It answered: the next absence counts anew.
  void answered() { waited_ = next_ = std::chrono::milliseconds(0); }

 private:
  const Interrupt* interrupt_;
  OutageRetryRules rules_;
  std::chrono::milliseconds waited_{0};
  std::chrono::milliseconds next_{0};
};

// Calls `request`, which gives a Result and may be sent again, until the API server answers it or nobody
// waits any longer.
template <class Request>
auto retry_outage(OutageRetry& outage_retry, Request request) {
  for (;;) {
    auto answer = request();
    const bool away = answer.has_error() && answer.error().code() == Errc::io;
    if (!away) outage_retry.answered();
    if (!away || !outage_retry.wait_for_server()) return answer;
  }
}

}  // namespace hygiene::housekeeping
