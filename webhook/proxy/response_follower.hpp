// Where the answers of one connection begin and end, as they pass to the client: what is still awaited, and
// whether the connection became a tunnel. Keeps no more than a head. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/body_follower.hpp"

namespace hygiene::proxy {

// What must be known of a request to follow its answer.
struct Awaited {
  bool to_head = false;  // the method was HEAD: no body follows
  bool upgrade = false;  // 101 is an answer
  bool watch = false;
  bool injected = false;  // it bore our credential
};

class ResponseFollower {
 public:
  // A request went out.
  void await(Awaited awaited);
  void follow(std::string_view bytes);

  // Answers that have not ended.
  std::size_t awaited() const { return queue_.size(); }
  // Watches among them.
  std::size_t watches() const { return watches_; }
  // A request to upgrade has no final head yet.
  bool upgrade_pending() const { return upgrade_pending_; }
  // True once after each 401 to a request that bore our credential.
  bool take_injected_refused() { return std::exchange(injected_refused_, false); }
  // From a 101 on: no HTTP any more in either direction.
  bool tunnel() const { return state_ == State::tunnel; }
  // An end of the connection would be taken for the end of what is being answered: of a tunnel, or of an
  // answer without a length.
  bool ends_with_connection() const {
    return state_ == State::tunnel || state_ == State::lost || (state_ == State::body && body_.until_close());
  }
  // What came is not what was awaited: nothing is known any more, until the connection ends.
  bool lost() const { return state_ == State::lost; }

 private:
  enum class State { head, body, tunnel, lost };
  std::size_t take_head(std::string_view bytes);
  void read_head();
  void end_answer();

  State state_ = State::head;
  std::deque<Awaited> queue_;
  std::size_t watches_ = 0;
  bool upgrade_pending_ = false;
  bool injected_refused_ = false;
  std::string head_;
  BodyFollower body_;
};

}  // namespace hygiene::proxy
