// One timer of a connection, armed anew for each step: when it runs out, or nobody waits any longer, what is
// pending is ended. May go while its timer is about to run out. Thread-safety: the thread of its io_context.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace hygiene::net {

// True once nobody waits any longer, as after Ctrl-C.
using GivenUp = std::function<bool()>;
// How often it is asked: as soon as a person expects.
inline constexpr std::chrono::milliseconds kGivenUpAsked{50};

class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, std::function<void()> expire);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // `given_up`: asked from time to time; once it says so the time is over. Null: it never does.
  void arm(std::chrono::milliseconds within, GivenUp given_up = nullptr);
  void disarm();
  // True from when the time was over until it is armed again.
  bool expired() const;
  // The same, if it was over early.
  bool given_up() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hygiene::net
