// Counts the open connections of all threads, and waits until there are none. Used when a connection begins
// and ends, never by a request. Thread-safety: internally locked.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace hygiene::server {

class ConnectionLimit {
 public:
  explicit ConnectionLimit(std::size_t count_max) : count_max_(count_max) {}

  // One connection's place; its destructor gives it back.
  class Permit {
   public:
    explicit Permit(ConnectionLimit& of) : of_(&of) {}
    Permit(Permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (of_ != nullptr) of_->leave();
    }

   private:
    ConnectionLimit* of_;
  };

  // Takes a place; nothing: all are taken.
  std::optional<Permit> enter();
  // Waits until all places are free; false: `bound` passed first.
  bool wait_for_none(std::chrono::milliseconds bound);
  void wait_for_none();

 private:
  void leave();

  const std::size_t count_max_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

}  // namespace hygiene::server
