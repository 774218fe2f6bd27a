// Runs a coroutine to its end on the calling thread. Thread-safety: one thread an io_context.
#pragma once

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace hygiene::test {

template <class T>
T run_to_end(boost::asio::io_context& context, boost::asio::awaitable<T> task) {
  auto outcome = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
  context.restart();
  context.run();
  return outcome.get();
}

}  // namespace hygiene::test
