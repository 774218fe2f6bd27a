// Exceptions: Secrets that a policy never denies until a date. An exception is what exemptRequests is, for
// Secrets instead of users, and ends by itself. Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/writer.hpp"
#include "policy/document.hpp"
#include "policy/request.hpp"

namespace hygiene::policy {

// Time to act on an exception that is about to end.
inline constexpr std::chrono::days kExceptionNear{14};

enum class ExceptionState { in_force, ends_soon, ended };  // ends_soon: in force, within kExceptionNear
std::string_view to_string(ExceptionState state);          // in force, ends soon, ended
ExceptionState state_of(const Exception& exception, std::chrono::sys_seconds now);

// True if one of the policy's exceptions is in force for this write. False for a request without a time.
bool is_excepted(const Policy& policy, const Request& request);
// The exception for this write's Secret that ended last. Null: there is none, or one is in force.
const Exception* ended_exception(const Policy& policy, const Request& request);

// When an exception with this `until` ends: the end of a day in UTC, as 2027-01-31, or an RFC 3339 time,
// before the year 2100. Errors: anything else, and how to mend it.
Result<std::chrono::sys_seconds> parse_until(std::string_view text);
// The text of that.
std::string until_of(const Exception& exception);

// "big-* in team-a, team-b".
std::string secrets_of(const Exception& exception);

// The member "exceptions" of the object at hand, an array; each with its state at `now`.
void write_exceptions(json::Writer& json, const std::vector<Exception>& exceptions,
                      std::chrono::sys_seconds now);

}  // namespace hygiene::policy
