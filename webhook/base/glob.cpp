#include "base/glob.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace hygiene::base {
namespace {

constexpr std::size_t kPatternBytesMax = 512;

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.empty())
    return Error(Errc::invalid, "an empty pattern matches nothing: write * for everything");
  if (pattern.size() > kPatternBytesMax) return Error(Errc::limit, "a pattern can have at most 512 bytes");
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (is_control(pattern[at])) {
      return Error(Errc::invalid, "a pattern cannot contain control characters", Position{at, 1, at + 1});
    }
    if (std::string_view("[]{}\\").find(pattern[at]) != std::string_view::npos) {
      return Error(Errc::invalid, "only * and ? are special in a pattern; [ ] { } \\ are not allowed",
                   Position{at, 1, at + 1});
    }
  }
  return Glob(std::string(pattern));
}

Glob::Glob(std::string pattern)
    : pattern_(std::move(pattern)),
      literal_(std::min(pattern_.find_first_of("*?"), pattern_.size())),
      shortest_(pattern_.size() - static_cast<std::size_t>(std::ranges::count(pattern_, '*'))) {}

bool Glob::matches(std::string_view text) const {
  const std::string_view pattern = pattern_;
  if (text.size() < shortest_ || !text.starts_with(pattern.substr(0, literal_))) return false;
  if (text.size() > kTextBytesMax)
    return literal_ < pattern.size() && pattern.find_first_not_of('*', literal_) == std::string_view::npos;
  std::size_t at = literal_;
  std::size_t in_pattern = literal_;
  // Where to go on after a mismatch: the last * and the first byte that it has not swallowed yet.
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      if (in_pattern == pattern.size()) return true;
      after_star = at;
    } else if (in_pattern < pattern.size() &&
               (pattern[in_pattern] == '?' || pattern[in_pattern] == text[at])) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

}  // namespace hygiene::base
