#include "runtime/namespaces/namespace_book.hpp"

#include <algorithm>
#include <utility>

namespace hygiene::runtime {

bool NamespaceBook::covers(const std::vector<std::string>& keys) const {
  return listed_ && std::ranges::includes(keys_, keys);
}

bool NamespaceBook::listed(const std::vector<std::string>& keys) const {
  const std::lock_guard lock(mutex_);
  return covers(keys);
}

NamespaceBook::Look NamespaceBook::look_locked(const std::string& name,
                                               const std::vector<std::string>& keys) const {
  if (!covers(keys)) return {nullptr, !failing_};
  const auto found = known_.find(name);
  // The API server takes no Secret of a namespace that is not there: the watch is about to show it.
  if (found == known_.end()) return {nullptr, true};
  return {found->second, false};
}

NamespaceBook::Look NamespaceBook::look(const std::string& name, const std::vector<std::string>& keys) const {
  const std::lock_guard lock(mutex_);
  return look_locked(name, keys);
}

void NamespaceBook::when_known(const std::string& name, const std::vector<std::string>& keys,
                               Clock::time_point until, std::function<void()> ready) {
  {
    const std::lock_guard lock(mutex_);
    if (look_locked(name, keys).may_come) {
      waiting_.push_back({name, keys, until, std::move(ready)});
      return;
    }
  }
  ready();
}

void NamespaceBook::replace(std::vector<std::string> keys, ByName all) {
  std::unique_lock lock(mutex_);
  listed_ = true;
  failing_ = false;
  keys_ = std::move(keys);
  known_ = std::move(all);
  wake(Clock::time_point::min(), std::move(lock));
}

void NamespaceBook::put(const std::string& name, Labels labels) {
  std::unique_lock lock(mutex_);
  known_[name] = std::move(labels);
  wake(Clock::time_point::min(), std::move(lock));
}

void NamespaceBook::erase(const std::string& name) {
  const std::lock_guard lock(mutex_);
  known_.erase(name);
}

void NamespaceBook::set_failing(bool failing) {
  std::unique_lock lock(mutex_);
  failing_ = failing;
  wake(Clock::time_point::min(), std::move(lock));
}

void NamespaceBook::expire(Clock::time_point now) {
  wake(now, std::unique_lock(mutex_));
}

void NamespaceBook::wake(Clock::time_point now, std::unique_lock<std::mutex> lock) {
  const auto gone = std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Waiting& each) {
    return each.until > now && look_locked(each.name, each.keys).may_come;
  });
  const std::vector<Waiting> woken(std::make_move_iterator(gone), std::make_move_iterator(waiting_.end()));
  waiting_.erase(gone, waiting_.end());
  lock.unlock();
  for (const Waiting& each : woken) each.ready();
}

}  // namespace hygiene::runtime
