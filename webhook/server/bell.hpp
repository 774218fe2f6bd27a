// Wakes a connection that waits for something outside its worker. Thread-safety: ring() of a Ringer from any
// thread, as long as the worker's io_context lives; the rest on the worker's thread.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace hygiene::server {

class Bell {
 public:
  explicit Bell(boost::asio::any_io_executor executor);
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // For the next wait(). A call that comes later, or after the Bell is gone, does nothing.
  std::function<void()> ringer();
  // True once it was rung; false if cancel() came first.
  boost::asio::awaitable<bool> wait();
  void cancel();

 private:
  struct State;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<State> state_;  // of the wait at hand
};

}  // namespace hygiene::server
