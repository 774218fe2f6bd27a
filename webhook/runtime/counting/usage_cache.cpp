#include "runtime/counting/usage_cache.hpp"

#include <algorithm>

namespace hygiene::runtime {

std::shared_ptr<const Usage> UsageCache::get() {
  const std::lock_guard lock(mutex_);
  const auto began = now_();
  if (known_ && began < good_until_) return known_;
  known_ = std::make_shared<const Usage>(pass_());
  const auto ended = now_();
  good_until_ =
      ended + std::max<std::chrono::steady_clock::duration>(kGoodFor, (ended - began) * kPauseOverPass);
  return known_;
}

}  // namespace hygiene::runtime
