// A connection's timer, armed anew for each step. It ends what is pending when the time is over, or when
// nobody waits any longer. It may be destroyed while its timer is about to fire. Thread-safety: the thread of
// its io_context.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace hygiene::net {

// True once nobody waits any longer, as after Ctrl-C.
using GivenUp = std::function<bool()>;
// How often it is asked: often enough for a person.
inline constexpr std::chrono::milliseconds kGivenUpAsked{50};

class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, std::function<void()> expire);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // `given_up` is asked from time to time; true ends the time at once. Null: never.
  void arm(std::chrono::milliseconds within, GivenUp given_up = nullptr);
  void disarm();
  // True: the time is over, until it is armed again.
  bool expired() const;
  // The same, because nobody waits any longer.
  bool given_up() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hygiene::net
