#include "server/bell.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::server {

namespace asio = boost::asio;

struct Bell::State {
  explicit State(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool rung = false;
  bool cancelled = false;
};

Bell::Bell(asio::any_io_executor executor) : executor_(std::move(executor)) {}
Bell::~Bell() = default;

std::function<void()> Bell::ringer() {
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

asio::awaitable<bool> Bell::wait() {
  const auto state = state_;
  if (!state->rung && !state->cancelled)
    co_await state->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const bool rung = state->rung && !state->cancelled;
  state_.reset();
  co_return rung;
}

void Bell::cancel() {
  if (!state_) return;
  state_->cancelled = true;
  state_->timer.cancel();
}

}  // namespace hygiene::server
