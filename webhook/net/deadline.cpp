#include "net/deadline.hpp"

#include <cstdint>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace hygiene::net {

struct Deadline::State {
  State(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry)
      : timer(executor), expire(std::move(on_expiry)) {}

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  std::uint64_t turn = 0;  // a wait that ended just before it was armed anew belongs to an older turn
  bool expired = false;
};

Deadline::Deadline(const boost::asio::any_io_executor& executor, std::function<void()> expire)
    : state_(std::make_shared<State>(executor, std::move(expire))) {}

Deadline::~Deadline() {
  disarm();
}

void Deadline::arm(std::chrono::milliseconds within) {
  State& state = *state_;
  state.expired = false;
  const std::uint64_t turn = ++state.turn;
  state.timer.expires_after(within);
  state.timer.async_wait([weak = std::weak_ptr<State>(state_), turn](const auto& ec) {
    const auto live = weak.lock();
    if (ec || !live || live->turn != turn) return;
    live->expired = true;
    live->expire();
  });
}

void Deadline::disarm() {
  ++state_->turn;
  state_->timer.cancel();
}

bool Deadline::expired() const {
  return state_->expired;
}

}  // namespace hygiene::net
