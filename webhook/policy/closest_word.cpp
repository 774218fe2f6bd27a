#include "policy/closest_word.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace hygiene::policy {
namespace {

// A longer word is no slip of the hand.
constexpr std::size_t kTypedBytesMax = 80;

// Levenshtein's distance, for names short enough to be a slip of the hand.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (base::to_lower(a[i]) == base::to_lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view closest_word(std::string_view typed, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, std::min<std::size_t>(3, typed.size() / 3)) + 1;
  if (typed.size() > kTypedBytesMax) return best;
  for (const auto each : known) {
    if (const auto edits = distance(typed, each); edits < least) {
      least = edits;
      best = each;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view meant) {
  return meant.empty() ? std::string() : "; did you mean " + std::string(meant) + "?";
}

}  // namespace hygiene::policy
