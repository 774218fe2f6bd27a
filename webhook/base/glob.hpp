// Shell-like patterns over whole strings: * is any run of bytes, ? is any one byte, all else is itself.
// Matching takes a quarter of a million steps at worst; no recursion.
// Thread-safety: immutable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::base {

class Glob {
 public:
  // Errors: empty, longer than 512 bytes (a name has at most 253), a control character, or one of `[]{}\`
  // (which other dialects give a meaning that this one does not have).
  static Result<Glob> parse(std::string_view pattern);

  // Nothing in Kubernetes has a longer name than kTextBytesMax; a type may be megabytes long, and costs too
  // much to search. Such a text matches only where the one wildcard is a * at the pattern's end.
  static constexpr std::size_t kTextBytesMax = 1024;
  bool matches(std::string_view text) const;
  const std::string& pattern() const { return pattern_; }

 private:
  explicit Glob(std::string pattern);

  std::string pattern_;
  std::size_t literal_;   // so many bytes of it stand for themselves, before the first that does not
  std::size_t shortest_;  // bytes of the shortest text that it matches
};

}  // namespace hygiene::base
