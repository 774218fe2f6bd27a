// Values by number. A value keeps its number and its place in memory while it lives; memory grows without a
// copy, and the number of a value that was removed is given again. Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/invariant.hpp"

namespace hygiene::counting {

// `Value` has `bool used() const`, false for Value{}.
template <class Value>
class NumberedValues {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = std::numeric_limits<Number>::max();

  // Precondition: there are fewer than kNone values.
  Number add(Value value) {
    base::invariant(size() < kNone, "there are fewer values than numbers");
    Number number = 0;
    if (free_.empty()) {
      if (used_ % kPage == 0) pages_.push_back(std::make_unique<Value[]>(kPage));
      number = used_++;
    } else {
      number = free_.back();
      free_.pop_back();
    }
    (*this)[number] = std::move(value);
    return number;
  }
  void remove(Number number) {
    base::invariant((*this)[number].used(), "what is removed was there");
    (*this)[number] = Value{};
    free_.push_back(number);
  }

  Value& operator[](Number number) { return pages_[number / kPage][number % kPage]; }
  const Value& operator[](Number number) const { return pages_[number / kPage][number % kPage]; }
  std::size_t size() const { return used_ - free_.size(); }

  // `visit` gets the number of each value, and may remove that value.
  template <class Visit>
  void for_each(Visit visit) const {
    visit_some(0, kNone, visit);
  }
  // In steps of `most` numbers from `from` = 0 on. Returns where to go on, nothing at the end. What changes
  // between two steps may be visited twice, or not at all.
  template <class Visit>
  std::optional<Number> visit_some(Number from, Number most, Visit visit) const {
    const Number end = used_ - std::min(from, used_) > most ? from + most : used_;
    for (Number number = from; number < end; ++number) {
      if ((*this)[number].used()) visit(number);
    }
    return end < used_ ? std::optional(end) : std::nullopt;
  }

 private:
  // Large, since the heap of a thread grows by a system call for each small piece.
  static constexpr Number kPage = 1024;
  std::vector<std::unique_ptr<Value[]>> pages_;
  Number used_ = 0;  // numbers below it were given at some time
  std::vector<Number> free_;
};

}  // namespace hygiene::counting
