#include "policy/exception.hpp"

#include <optional>

#include "base/enum_names.hpp"
#include "base/rfc3339.hpp"
#include "policy/displayed_text.hpp"
#include "policy/matcher.hpp"

namespace hygiene::policy {
namespace {

using std::chrono::sys_days;

constexpr sys_days kTooLate = std::chrono::year(2100) / 1 / 1;

// Of those that are about this Secret, the one that ends last.
const Exception* last_exception(const Policy& policy, const Request& request) {
  const Exception* last = nullptr;
  for (const Exception& each : policy.exceptions) {
    if (last != nullptr && each.until <= last->until) continue;
    if (matches_all(each.secrets, *request.object)) last = &each;
  }
  return last;
}

std::string join(const std::vector<base::Glob>& globs) {
  std::string text;
  for (const base::Glob& glob : globs) text.append(text.empty() ? "" : ", ").append(glob.pattern());
  return text;
}

}  // namespace

std::string_view to_string(ExceptionState state) {
  return base::name_of<ExceptionState::ended>(state, {"in force", "ends soon", "ended"});
}

ExceptionState state_of(const Exception& exception, std::chrono::sys_seconds now) {
  if (now >= exception.until) return ExceptionState::ended;
  return exception.until - now <= kExceptionNear ? ExceptionState::ends_soon : ExceptionState::in_force;
}

bool is_excepted(const Policy& policy, const Request& request) {
  if (policy.exceptions.empty() || !request.now) return false;
  const Exception* last = last_exception(policy, request);
  return last != nullptr && state_of(*last, *request.now) != ExceptionState::ended;
}

const Exception* ended_exception(const Policy& policy, const Request& request) {
  if (policy.exceptions.empty() || !request.now || is_excepted(policy, request)) return nullptr;
  return last_exception(policy, request);
}

Result<std::chrono::sys_seconds> parse_until(std::string_view text) {
  auto until = base::parse_end_of_day(text);
  if (!until) until = base::parse_rfc3339(text);
  if (until && *until < kTooLate) return *until;
  std::string why =
      "must be a day such as 2027-01-31, at whose end in UTC the exception ends, or a time such "
      "as 2027-01-31T18:00:00Z";
  if (until) why = "is too late: an exception ends before the year 2100";
  if (!until && base::parse_rfc3339(std::string(text) + 'Z'))
    why = "has no time zone: end it with Z for UTC, or with an offset such as +01:00";
  return Error(Errc::invalid, std::move(why));
}

std::string until_of(const Exception& exception) {
  const auto day = std::chrono::floor<std::chrono::days>(exception.until);
  if (day != exception.until) return base::to_rfc3339(exception.until);
  return base::to_rfc3339(day - std::chrono::days(1)).substr(0, std::string_view("2027-01-31").size());
}

std::string secrets_of(const Exception& exception) {
  return shown(join(exception.secrets.names) + " in " + join(exception.secrets.namespaces));
}

void write_exceptions(json::Writer& json, const std::vector<Exception>& exceptions,
                      std::chrono::sys_seconds now) {
  const auto patterns = [&json](std::string_view name, const std::vector<base::Glob>& globs) {
    json.array(name, [&] {
      for (const base::Glob& glob : globs) json.value(glob.pattern());
    });
  };
  json.objects("exceptions", exceptions, [&](const Exception& each) {
    patterns("names", each.secrets.names);
    patterns("namespaces", each.secrets.namespaces);
    json.field("until", base::to_rfc3339(each.until));
    json.field("state", to_string(state_of(each, now)));
    json.field("reason", each.reason);
  });
}

}  // namespace hygiene::policy
