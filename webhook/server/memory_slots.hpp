// Slots for the few requests of a worker that may keep much memory at once. First come, first served; the
// holder of a slot never waits for another, so nobody waits forever. Thread-safety: the worker's thread.
#pragma once

#include <cstddef>
#include <list>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace hygiene::server {

class MemorySlots {
 public:
  explicit MemorySlots(std::size_t count) : free_(count) {}

  bool any_free() const { return free_ > 0; }

  // A request's claim to one slot. Its MemorySlots must outlive it.
  class Claim {
   public:
    Claim(MemorySlots& slots, const boost::asio::any_io_executor& executor)
        : slots_(slots), turn_(executor) {}
    ~Claim() { release(); }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    bool held() const { return held_; }
    // False: cancel() came first.
    boost::asio::awaitable<bool> take();
    void release();
    void cancel();

   private:
    friend class MemorySlots;
    MemorySlots& slots_;
    boost::asio::steady_timer turn_;
    bool held_ = false;
    bool waiting_ = false;
  };

 private:
  std::size_t free_;
  std::list<Claim*> queue_;
};

}  // namespace hygiene::server
