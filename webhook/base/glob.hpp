// Shell-like patterns over whole strings: * is any run of bytes, ? is any one byte, all else is itself.
// Matching takes time linear in text times pattern at worst; no recursion.
// Thread-safety: immutable.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::base {

class Glob {
 public:
  // Errors: empty, longer than 512 bytes (a name has at most 253), a control character, or one of `[]{}\`
  // (which other dialects give a meaning that this one does not have).
  static Result<Glob> parse(std::string_view pattern);

  bool matches(std::string_view text) const;
  const std::string& pattern() const { return pattern_; }

 private:
  explicit Glob(std::string pattern)
      : pattern_(std::move(pattern)), literal_(std::min(pattern_.find_first_of("*?"), pattern_.size())) {}
  std::string pattern_;
  std::size_t literal_;  // so many bytes of it stand for themselves, before the first that does not
};

}  // namespace hygiene::base
