// A value that is replaced whole while threads read it. Reading costs one atomic load as long as nothing
// changed, so a request takes no lock. Thread-safety: PublishedValue is internally locked; a Reader belongs
// to one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace hygiene::base {

template <class T>
class PublishedValue {
 public:
  // Readers see `value` from their next get() on; what they hold of the old one stays valid.
  void publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    version_.fetch_add(1, std::memory_order_release);
  }

  // The value in force; null before the first publish(). Locks.
  std::shared_ptr<const T> load() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  // One thread's view. The PublishedValue must outlive it.
  class Reader {
   public:
    explicit Reader(const PublishedValue& snapshot) : snapshot_(&snapshot) {}

    // The value in force. The reference lives until the next get(); copy the pointer to keep the value
    // longer.
    const std::shared_ptr<const T>& get() {
      if (const auto version = snapshot_->version_.load(std::memory_order_acquire); version != seen_) {
        value_ = snapshot_->load();
        seen_ = version;
      }
      return value_;
    }

   private:
    const PublishedValue* snapshot_;
    std::shared_ptr<const T> value_;
    std::uint64_t seen_ = 0;
  };

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace hygiene::base
