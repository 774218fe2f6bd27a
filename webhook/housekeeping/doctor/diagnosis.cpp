#include "housekeeping/doctor/diagnosis.hpp"

#include <array>
#include <utility>

namespace hygiene::housekeeping {

std::string_view to_string(Health health) {
  static constexpr std::array<std::string_view, 4> kNames{"ok", "warning", "problem", "notLookedAt"};
  return kNames[static_cast<std::size_t>(health)];
}

Diagnosis not_looked_at(std::string check, std::string subject, const Error& why) {
  const char* advice = why.code() == Errc::denied ? "run it as a user with this permission, or ask for it"
                                                  : "fix that, then run it again";
  return {std::move(check), std::move(subject), Health::not_looked_at, why.message(), advice};
}

}  // namespace hygiene::housekeeping
