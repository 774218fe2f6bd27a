#include "server/memory_slots.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::server {

namespace asio = boost::asio;

asio::awaitable<bool> MemorySlots::Claim::take() {
  if (slots_.free_ > 0) {
    --slots_.free_;
    held_ = true;
    co_return true;
  }
  slots_.queue_.push_back(this);
  waiting_ = true;
  turn_.expires_at(asio::steady_timer::time_point::max());
  co_await turn_.async_wait(asio::as_tuple(asio::use_awaitable));  // rung by release() or cancel()
  co_return held_;
}

void MemorySlots::Claim::release() {
  cancel();
  if (!held_) return;
  held_ = false;
  if (slots_.queue_.empty()) {
    ++slots_.free_;
    return;
  }
  Claim& next = *slots_.queue_.front();
  slots_.queue_.pop_front();
  next.waiting_ = false;
  next.held_ = true;
  next.turn_.cancel();
}

void MemorySlots::Claim::cancel() {
  if (!waiting_) return;
  waiting_ = false;
  slots_.queue_.remove(this);
  turn_.cancel();
}

}  // namespace hygiene::server
