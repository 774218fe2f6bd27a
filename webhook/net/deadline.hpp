// One timer of a connection, armed anew for each step: when it runs out, what is pending is ended. May go
// while its timer is about to run out. Thread-safety: the thread of its io_context.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace hygiene::net {

class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, std::function<void()> expire);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void arm(std::chrono::milliseconds within);
  void disarm();
  // True from when it ran out until it is armed again.
  bool expired() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hygiene::net
