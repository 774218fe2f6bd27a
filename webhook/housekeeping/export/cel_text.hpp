// Texts of CEL, the language of admission policies, from values. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"

namespace hygiene::housekeeping {

// A named expression of an admission policy, evaluated where it is first used.
struct CelVariable {
  std::string name;
  std::string expression;
};

// `text` as a literal, in single quotes.
std::string cel_string(std::string_view text);
// A list of literals.
std::string cel_list(const std::vector<std::string>& texts);

// `terms` joined by ||, in brackets where there are several; `false` where there are none.
std::string any_of(const std::vector<std::string>& terms);
// The same with &&, and `true`.
std::string all_of(const std::vector<std::string>& terms);

// True where a glob of `globs` matches the text that `expression` gives. The expression stands for a text of
// at most Glob::kTextBytesMax bytes, or for one whose size says that it is longer.
std::string matches_any_glob(const std::vector<base::Glob>& globs, const std::string& expression);

// Those of `variables` that `expressions` use, and those that these use, in order.
std::vector<CelVariable> used_variables(const std::vector<CelVariable>& variables,
                                        const std::vector<std::string>& expressions);

}  // namespace hygiene::housekeeping
