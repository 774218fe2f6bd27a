// Patterns by the kind of text that they are held against, and whether any such text can match.
// Thread-safety: pure functions.
#pragma once

#include <string_view>

#include "base/glob.hpp"
#include "base/result.hpp"

namespace hygiene::policy {

// Sources: the API server's validation. A Secret's name is a DNS subdomain (at most 253 bytes), a namespace's
// a DNS label (at most 63). Types, users and groups are free text of any length, but for service accounts:
// user system:serviceaccount:NAMESPACE:NAME, group system:serviceaccounts:NAMESPACE.
enum class PatternOf { types, names, namespaces, users, groups };

// The pattern that `text` writes. Errors, each with what is allowed: what base::Glob::parse refuses; a
// pattern that no such text can match; where texts are free, a blank at either end and signs of a regular
// expression.
Result<base::Glob> parse_pattern(PatternOf of, std::string_view text);

}  // namespace hygiene::policy
