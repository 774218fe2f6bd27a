// The sentences that users read. At most one line each. Thread-safety: pure functions.
#pragma once

#include <string>

#include "policy/evaluator.hpp"

namespace hygiene::policy {

// A warning is cut by the API server at 256 bytes; ours are cut before, between characters.
inline constexpr std::size_t kWarningBytesMax = 256;

// "900Ki of data exceeds bytesPerSecret 768Ki".
std::string comparison(LimitKind limit, std::uint64_t measured, std::uint64_t allowed);

// In this order: the policy, what was measured, the limit, the Secret, its largest keys by name and size, the
// policy's message.
std::string describe(const Violation& violation, const Request& request);

// `text` as one warning: control characters become spaces, at most kWarningBytesMax bytes.
std::string as_warning(std::string_view text);

}  // namespace hygiene::policy
