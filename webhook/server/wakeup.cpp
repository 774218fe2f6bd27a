#include "server/wakeup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::server {

namespace asio = boost::asio;

struct Wakeup::State {
  explicit State(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool rung = false;
  bool cancelled = false;
};

Wakeup::Wakeup(asio::any_io_executor executor) : executor_(std::move(executor)) {}
Wakeup::~Wakeup() = default;

std::function<void()> Wakeup::notifier() {
  state_ = std::make_shared<State>(executor_);
  return [executor = executor_, state = std::weak_ptr<State>(state_)] {
    asio::post(executor, [state] {
      const auto still = state.lock();
      if (!still) return;
      still->rung = true;
      still->timer.cancel();
    });
  };
}

asio::awaitable<bool> Wakeup::wait() {
  const auto state = state_;
  if (!state->rung && !state->cancelled)
    co_await state->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const bool rung = state->rung && !state->cancelled;
  state_.reset();
  co_return rung;
}

void Wakeup::cancel() {
  if (!state_) return;
  state_->cancelled = true;
  state_->timer.cancel();
}

}  // namespace hygiene::server
