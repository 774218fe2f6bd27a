// How full the scopes are, for many who ask at once: a pass over all Secrets takes the engine's lock again
// and again, so it is made at most every few seconds and takes at most a twentieth of a thread's time.
// Thread-safety: internally locked; who asks waits for a pass that is under way.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "runtime/counting/usage.hpp"

namespace hygiene::runtime {

class UsageCache {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  using Pass = std::function<Usage()>;

  static constexpr std::chrono::seconds kGoodFor{2};
  static constexpr int kPauseOverPass = 19;

  explicit UsageCache(Pass pass, Clock now = std::chrono::steady_clock::now)
      : pass_(std::move(pass)), now_(std::move(now)) {}

  std::shared_ptr<const Usage> get();

 private:
  const Pass pass_;
  const Clock now_;
  std::mutex mutex_;
  std::shared_ptr<const Usage> known_;
  std::chrono::steady_clock::time_point good_until_;
};

}  // namespace hygiene::runtime
