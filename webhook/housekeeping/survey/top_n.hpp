// The first few of many by an order, without holding the many. Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace hygiene::housekeeping {

// `Before` orders what it holds; of equals the first that came stays first.
template <class T, class Before>
class TopN {
 public:
  explicit TopN(std::size_t most, Before before = Before()) : most_(most), before_(before) {}

  void offer(T item) {
    if (items_.size() == most_ && (most_ == 0 || !before_(item, items_.back()))) return;
    items_.insert(std::upper_bound(items_.begin(), items_.end(), item, before_), std::move(item));
    if (items_.size() > most_) items_.pop_back();
  }
  std::vector<T> take() { return std::exchange(items_, {}); }

 private:
  std::size_t most_;
  Before before_;
  std::vector<T> items_;  // in order
};

}  // namespace hygiene::housekeeping
