#include "housekeeping/survey/survey.hpp"

#include <algorithm>

#include "policy/message.hpp"

namespace hygiene::housekeeping {

Tally& Tally::operator+=(const Tally& other) {
  secrets += other.secrets;
  bytes += other.bytes;
  object_bytes += other.object_bytes;
  return *this;
}

std::uint64_t Survey::violations() const {
  std::uint64_t broken = 0;
  for (const PolicyUse& policy : policies) {
    for (const LimitUse& limit : policy.limits) broken += limit.broken;
  }
  return broken;
}

std::string describe(const Survey& survey, const Finding& finding) {
  const auto& limits = survey.policies[finding.policy].limits;
  const auto limit = std::ranges::find(limits, finding.limit, &LimitUse::limit);
  return policy::comparison(finding.limit, finding.measured, limit->allowed);
}

}  // namespace hygiene::housekeeping
