// Wakes a connection that waits for something outside its worker. Thread-safety: call a notifier on any
// thread, as long as the worker's io_context lives; the rest on the worker's thread.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace hygiene::server {

class Wakeup {
 public:
  explicit Wakeup(boost::asio::any_io_executor executor);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Makes a notifier of the next wait(). A call that comes later, or after the Wakeup is gone, does nothing.
  std::function<void()> notifier();
  // Waits until the notifier is called; false: cancel() came first.
  boost::asio::awaitable<bool> wait();
  void cancel();

 private:
  struct State;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<State> state_;  // of the current wait
};

}  // namespace hygiene::server
