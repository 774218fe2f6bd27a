// Which Kubernetes Events are to be written: one for each namespace and policy, with a count, however often a
// writer tries again. Does no I/O. Thread-safety: internally locked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "runtime/common/rejection.hpp"

namespace hygiene::runtime {

// An Event as it is to be, or to become.
struct EventNote {
  std::string namespace_name;  // of the Event, and its object
  std::string policy;
  std::string name;
  std::string message;  // of the last rejection; at most 1,024 bytes
  std::uint64_t count = 0;
  std::chrono::system_clock::time_point first;
  std::chrono::system_clock::time_point last;
  bool made = false;  // the API server has it: change its count
};

// core/v1, on the Namespace: kubectl shows these with their count.
std::string event_object(const EventNote& note, std::string_view replica);
// A merge patch.
std::string event_change(const EventNote& note);

class EventBook {
 public:
  // Each takes up to 2 KiB.
  static constexpr std::size_t kKept = 1'000;
  // An API server forgets an Event an hour after its last change, unless --event-ttl says otherwise: what
  // comes later is an Event of its own.
  static constexpr std::chrono::hours kForgotten{1};

  // What Events are called: names that no other process gives.
  explicit EventBook(std::function<std::string()> new_name) : new_name_(std::move(new_name)) {}

  // False: there was no room for another namespace and policy. A dry run is taken for nothing.
  bool add(const Rejection& rejection);
  // What is to be written, that which waits longest first; nothing where all is. It is then up to who asked,
  // until one of the following.
  std::optional<EventNote> next();
  void written(const EventNote& note);
  // Not written; to be made anew if it was `gone`. It waits behind all others.
  void put_off(const EventNote& note, bool gone);
  // It can never be written.
  void give_up(const EventNote& note);

 private:
  using Key = std::pair<std::string, std::string>;  // namespace, policy
  struct Entry {
    EventNote note;
    std::uint64_t turn = 0;  // when it came to wait; 0: it does not
  };

  bool make_room(std::chrono::system_clock::time_point now);

  const std::function<std::string()> new_name_;
  std::mutex mutex_;
  std::map<Key, Entry> entries_;
  std::uint64_t last_turn_ = 0;
};

}  // namespace hygiene::runtime
