// How many connections are open in all threads together, and a wait for none. Touched when a connection
// begins and when it ends, never by a request. Thread-safety: internally locked.
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

  // One connection's place; given back when it goes.
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

  // Nothing if there are as many as may be.
  std::optional<Permit> enter();
  // True once there are none; false if `bound` passed first.
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
