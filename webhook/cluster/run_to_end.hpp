// Runs one task of an io_context to its end, for those who do one thing after the other. Apart from
// blocking_api.hpp, so that few sources pay for the compilation of asio's machinery. Thread-safety: one
// thread at a time.
#pragma once

#include <chrono>
#include <future>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace hygiene::cluster {

template <class T>
T run_to_end(boost::asio::io_context& context, boost::asio::awaitable<T> task) {
  auto outcome = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
  // The look-up of a name may still be under way though nobody waits for it.
  while (outcome.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    context.restart();
    context.run_one();
  }
  return outcome.get();
}

}  // namespace hygiene::cluster
