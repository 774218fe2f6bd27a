#include "net/deadline.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace hygiene::net {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

struct Deadline::State : std::enable_shared_from_this<State> {
  State(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry)
      : timer(executor), expire(std::move(on_expiry)) {}

  void wait() {
    timer.expires_at(given_up ? std::min(until, Clock::now() + kGivenUpAsked) : until);
    timer.async_wait([weak = weak_from_this(), of = turn](const auto& ec) {
      const auto live = weak.lock();
      if (!ec && live && live->turn == of) live->look();
    });
  }

  void look() {
    abandoned = given_up && given_up();
    if (!abandoned && Clock::now() < until) return wait();
    expired = true;
    expire();
  }

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  GivenUp given_up;
  Clock::time_point until;
  std::uint64_t turn = 0;  // a wait that ended just before it was armed anew belongs to an older turn
  bool expired = false;
  bool abandoned = false;
};

Deadline::Deadline(const boost::asio::any_io_executor& executor, std::function<void()> expire)
    : state_(std::make_shared<State>(executor, std::move(expire))) {}

Deadline::~Deadline() {
  disarm();
}

void Deadline::arm(std::chrono::milliseconds within, GivenUp given_up) {
  State& state = *state_;
  ++state.turn;
  state.expired = state.abandoned = false;
  state.given_up = std::move(given_up);
  state.until = Clock::now() + within;
  state.wait();
}

void Deadline::disarm() {
  ++state_->turn;
  state_->timer.cancel();
}

bool Deadline::expired() const {
  return state_->expired;
}

bool Deadline::given_up() const {
  return state_->abandoned;
}

}  // namespace hygiene::net
