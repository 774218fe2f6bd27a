// Follows the answers of one connection as they pass to the client: where each begins and ends, which are
// still awaited, and whether the connection became a tunnel. Keeps no more than a head. Thread-safety: one
// thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/body_framing.hpp"

namespace hygiene::proxy {

// What is needed of a request to follow its answer.
struct Awaited {
  bool to_head = false;  // the method was HEAD: no body follows
  bool upgrade = false;  // 101 is an answer
  bool watch = false;
  bool injected = false;  // the proxy added its credential
};

class AwaitedResponses {
 public:
  // Call it when a request was sent.
  void await(Awaited awaited);
  void follow(std::string_view bytes);

  // How many answers have not ended.
  std::size_t awaited() const { return queue_.size(); }
  // How many of these are watches.
  std::size_t watches() const { return watches_; }
  // True: a request to upgrade has no final head yet.
  bool upgrade_pending() const { return upgrade_pending_; }
  // True once after each 401 to a request with the proxy's credential.
  bool take_injected_refused() { return std::exchange(injected_refused_, false); }
  // True from a 101 on: neither direction is HTTP any more.
  bool tunnel() const { return state_ == State::tunnel; }
  // True: only the end of the connection ends what is being answered, a tunnel or an answer without a length,
  // so a cut would look like its end.
  bool ends_with_connection() const {
    return state_ == State::tunnel || state_ == State::lost || (state_ == State::body && body_.until_close());
  }
  // True: an answer was unexpected. Nothing is known until the connection ends.
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
  BodyFraming body_;
};

}  // namespace hygiene::proxy
