#include "server/connection_limit.hpp"

namespace hygiene::server {

std::optional<ConnectionLimit::Permit> ConnectionLimit::enter() {
  const std::lock_guard lock(mutex_);
  if (count_ >= count_max_) return std::nullopt;
  ++count_;
  return Permit(*this);
}

bool ConnectionLimit::wait_for_none(std::chrono::milliseconds bound) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, bound, [this] { return count_ == 0; });
}

void ConnectionLimit::wait_for_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return count_ == 0; });
}

void ConnectionLimit::leave() {
  const std::lock_guard lock(mutex_);
  // Notified under the lock: who waits may destroy this as soon as the lock is free.
  if (--count_ == 0) none_.notify_all();
}

}  // namespace hygiene::server
