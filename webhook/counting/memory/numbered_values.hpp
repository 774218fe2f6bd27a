// Values by number. A value keeps its number and its place in memory while it lives; memory grows without a
// copy, and the number of a value that was removed is given again. Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
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
      number = static_cast<Number>(values_.size());
      values_.push_back(std::move(value));
    } else {
      number = free_.back();
      free_.pop_back();
      values_[number] = std::move(value);
    }
    return number;
  }
  void remove(Number number) {
    base::invariant(values_[number].used(), "what is removed was there");
    values_[number] = Value{};
    free_.push_back(number);
  }

  Value& operator[](Number number) { return values_[number]; }
  const Value& operator[](Number number) const { return values_[number]; }
  std::size_t size() const { return values_.size() - free_.size(); }

  // `visit` gets the number of each value, and may remove that value.
  template <class Visit>
  void for_each(Visit visit) const {
    visit_some(0, kNone, visit);
  }
  // In steps of `most` numbers from `from` = 0 on. Returns where to go on, nothing at the end. What changes
  // between two steps may be visited twice, or not at all.
  template <class Visit>
  std::optional<Number> visit_some(Number from, Number most, Visit visit) const {
    const auto all = static_cast<Number>(values_.size());
    const Number end = all - std::min(from, all) > most ? from + most : all;
    for (Number number = from; number < end; ++number) {
      if (values_[number].used()) visit(number);
    }
    return end < all ? std::optional(end) : std::nullopt;
  }

 private:
  std::deque<Value> values_;
  std::vector<Number> free_;
};

}  // namespace hygiene::counting
