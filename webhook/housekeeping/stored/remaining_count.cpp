#include "housekeeping/stored/remaining_count.hpp"

namespace hygiene::housekeeping {
namespace {

constexpr std::string_view kField = "\"remainingItemCount\":";
constexpr std::size_t kLookedAt = 8 * 1024;
constexpr std::uint64_t kCountMax = 1'000'000'000;  // no API server holds more

}  // namespace

void RemainingCount::feed(std::string_view part) {
  for (const char c : part) {
    if (place_ == Place::done || seen_++ == kLookedAt) {
      place_ = Place::done;
      return;
    }
    take(c);
  }
}

void RemainingCount::take(char c) {
  if (place_ == Place::before) {
    // Of the name only its quotes can begin it anew.
    if (c == kField[matched_]) {
      ++matched_;
    } else {
      matched_ = c == kField.front() ? 1 : 0;
    }
    if (matched_ == kField.size()) place_ = Place::at_number;
    return;
  }
  if (c == ' ' && !count_) return;
  if (c < '0' || c > '9' || count_.value_or(0) > kCountMax) {
    place_ = Place::done;
    return;
  }
  count_ = count_.value_or(0) * 10 + static_cast<std::uint64_t>(c - '0');
}

}  // namespace hygiene::housekeeping
