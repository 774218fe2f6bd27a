// Waits until something has happened, by running an io_context in the test's own thread or beside its own.
#pragma once

#include <chrono>
#include <thread>

#include <boost/asio/io_context.hpp>

namespace hygiene::runtime_test {

// Only a failing test ever waits this long.
inline constexpr std::chrono::seconds kGuard{20};

// True if `happened` came true; handlers run one at a time, so nothing after it has run.
template <class Predicate>
bool run_until(boost::asio::io_context& context, Predicate happened) {
  const auto end = std::chrono::steady_clock::now() + kGuard;
  context.restart();
  while (!happened()) {
    if (context.run_one_until(end) == 0) return happened();
  }
  return true;
}

// The same for what has a thread of its own, which tells nobody what it did.
template <class Predicate>
bool eventually(Predicate holds) {
  const auto end = std::chrono::steady_clock::now() + kGuard;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace hygiene::runtime_test
