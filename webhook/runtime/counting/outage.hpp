// How long something that is done again and again has not worked. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace hygiene::runtime {

class Outage {
 public:
  using Clock = std::chrono::steady_clock;

  // `what` did not work, or did. A kind that is not done any more is forgotten by worked().
  void failed(const std::string& what, Clock::time_point now);
  void worked(const std::string& what) { kinds_.erase(what); }

  // One of them that has not worked for longer than `length`: it failed at both ends of that time, and did
  // not work between. A single failure says nothing: nobody may have tried since.
  std::optional<std::string> longer_than(Clock::duration length) const;

 private:
  struct Kind {
    Clock::time_point first;
    Clock::time_point last;
  };
  std::map<std::string, Kind> kinds_;
};

}  // namespace hygiene::runtime
