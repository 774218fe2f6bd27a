#include "cluster/retry.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hygiene::cluster {
namespace {

namespace asio = boost::asio;
using Milliseconds = std::chrono::milliseconds;

Retry answered(unsigned status) {
  return {std::to_string(status), "the API server answered " + std::to_string(status)};
}

Milliseconds scaled(Milliseconds pause, double factor) {
  return std::chrono::duration_cast<Milliseconds>(pause * factor);
}

}  // namespace

bool may_retry(unsigned status, bool repeatable) {
  return status == 429 || (repeatable && (status == 500 || (status >= 502 && status <= 504)));
}

std::optional<Milliseconds> pause_after(const RetryRules& rules, unsigned attempt,
                                        std::optional<std::chrono::seconds> asked, double spread) {
  if (attempt >= rules.attempts_max) return std::nullopt;
  if (asked && asked->count() > 0) {
    if (*asked > rules.asked_max) return std::nullopt;
    return scaled(*asked, 1 + spread / 4);
  }
  const Milliseconds doubled = rules.first_pause * (1U << std::min(attempt - 1, 16U));
  return scaled(std::min(doubled, rules.pause_max), 0.5 + spread / 2);
}

asio::awaitable<bool> RetryState::again_after(unsigned status, std::optional<std::chrono::seconds> asked,
                                              bool repeatable) {
  if (status == 401 && !renewed_ && credentials_.refused()) {
    renewed_ = true;
    if (retrying_) retrying_(answered(status));
    co_return true;
  }
  if (!may_retry(status, repeatable)) co_return false;
  const bool again = co_await wait(asked, answered(status));
  co_return again;
}

asio::awaitable<bool> RetryState::again_after_loss(const Error& lost) {
  return wait(std::nullopt, {"lost", lost.message()});
}

asio::awaitable<bool> RetryState::wait(std::optional<std::chrono::seconds> asked, Retry retry) {
  const auto length = pause_after(rules_, ++made_, asked, spread(random_));
  if (!length) co_return false;
  retry.pause = *length;
  if (retrying_) retrying_(retry);
  const bool passed = co_await pause(executor_, *length, given_up_);
  gave_up_ = !passed;
  co_return passed;
}

Error RetryState::end(const Error& last) const {
  if (!gave_up_) return last;
  return Error(Errc::interrupted, last.message() + "; it was not tried again");
}

double spread(std::minstd_rand& random) {
  return std::uniform_real_distribution<double>(0, 1)(random);
}

asio::awaitable<bool> pause(asio::any_io_executor executor, std::chrono::milliseconds length,
                            net::GivenUp given_up) {
  asio::steady_timer over(executor, asio::steady_timer::time_point::max());
  net::Deadline deadline(executor, [&over] { over.cancel(); });
  deadline.arm(length, std::move(given_up));
  co_await over.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return !deadline.given_up();
}

}  // namespace hygiene::cluster
