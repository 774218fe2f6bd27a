// The sentences that users read. At most one line each. Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "policy/evaluator.hpp"
#include "policy/shortage.hpp"

namespace hygiene::policy {

// A warning is cut by the API server at 256 bytes; ours are cut before, between characters.
inline constexpr std::size_t kWarningBytesMax = 256;

// "900Ki of data exceeds bytesPerSecret 768Ki".
std::string comparison(LimitKind limit, std::uint64_t measured, std::uint64_t allowed);

// In this order: the policy, what was measured against each limit of one Secret, the Secret, its largest keys
// by name and size. `broken` are limits of one policy, at least one.
std::string describe(const std::vector<const Violation*>& broken, const Request& request);

// The scope, what it holds, the limit, the policy, what to delete; or the policy and why it cannot judge.
std::string describe(const Shortage& shortage, const Request& request);

// What a denial by `policy` ends with where an exception would have spared the write and has ended; else
// nothing.
std::string about_ended_exception(const Policy& policy, const Request& request);

// `facts`, then the policy's message: what its user should do. A warning that is cut loses this first.
std::string with_advice(std::string facts, const Policy& policy);

// `text` as one warning: control characters become spaces, at most kWarningBytesMax bytes.
std::string as_warning(std::string_view text);

}  // namespace hygiene::policy
