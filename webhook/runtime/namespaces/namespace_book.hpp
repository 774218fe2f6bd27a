// What is known of the labels of namespaces, and who waits to know. The watch writes it, requests read it.
// Thread-safety: internally locked.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "secret/facts.hpp"

namespace hygiene::runtime {

class NamespaceBook {
 public:
  using Clock = std::chrono::steady_clock;
  using Labels = std::shared_ptr<const secret::Labels>;
  using ByName = std::map<std::string, Labels>;

  struct Look {
    Labels labels;          // null: not known
    bool may_come = false;  // not known yet, and worth waiting for
  };
  // The labels with these `keys`, sorted, of a namespace.
  Look look(const std::string& name, const std::vector<std::string>& keys) const;
  // Calls `ready` once: at once where nothing is worth waiting for, else when that has changed or `until` has
  // passed. On any thread, with no lock held.
  void when_known(const std::string& name, const std::vector<std::string>& keys, Clock::time_point until,
                  std::function<void()> ready);

  // True once the labels with these `keys`, sorted, are listed.
  bool listed(const std::vector<std::string>& keys) const;

  // For the watch. All namespaces, with the labels of these `keys`, sorted.
  void replace(std::vector<std::string> keys, ByName all);
  void put(const std::string& name, Labels labels);
  void erase(const std::string& name);
  // Whether they cannot be listed now. What was listed before stays known.
  void set_failing(bool failing);
  // Lets go who has waited long enough.
  void expire(Clock::time_point now);

 private:
  struct Waiting {
    std::string name;
    std::vector<std::string> keys;
    Clock::time_point until;
    std::function<void()> ready;
  };
  bool covers(const std::vector<std::string>& keys) const;
  Look look_locked(const std::string& name, const std::vector<std::string>& keys) const;
  // Calls those who need not wait any more.
  void wake(Clock::time_point now, std::unique_lock<std::mutex> lock);

  mutable std::mutex mutex_;
  std::vector<std::string> keys_;
  bool listed_ = false;  // with these keys
  bool failing_ = false;
  ByName known_;
  std::vector<Waiting> waiting_;  // at most one a connection
};

}  // namespace hygiene::runtime
