// What somebody who mistyped a word most likely meant. Thread-safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hygiene::policy {

// The word of `known` that is fewest edits from `typed`, at most a third of its letters; empty: none is near.
std::string_view closest_word(std::string_view typed, std::span<const std::string_view> known);

// "; did you mean keep?", empty for an empty word.
std::string did_you_mean(std::string_view meant);

}  // namespace hygiene::policy
