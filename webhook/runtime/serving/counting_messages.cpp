#include "runtime/serving/counting_messages.hpp"

#include <array>

namespace hygiene::runtime {
namespace {

using counting::Answer;
using counting::LimitUsage;
using policy::Outcome;
using policy::Shortage;

// In the order of Unknown.
constexpr std::array<const char*, 9> kSentences{
    "the policies changed",
    "the list of Secrets is not read yet",
    "reservations may have been lost, and those that count end within a minute",
    "the size of a Secret is being read",
    "too many writes are under way",
    "its namespace has used up its share of the ledger, with writes that were allowed but are not stored",
    "another version of the webhook wrote the ledger",
    "the policies changed",
    "the API server did not answer in time",
};

// A limit that is nearly used up is no violation; what only is counted says nothing.
bool is_near(const policy::Policy& policy, const LimitUsage& usage) {
  if (!policy.warn_at || policy.mode == policy::Mode::audit) return false;
  return static_cast<double>(usage.used) * 100 >=
         static_cast<double>(usage.claim.allowed) * static_cast<double>(*policy.warn_at);
}

// Of most writes there is not.
bool is_short(const policy::Policy& policy, const LimitUsage& usage, Answer answer) {
  if (answer == Answer::unknown) return usage.claim.outcome != Outcome::audited;
  return usage.exceeded() || is_near(policy, usage);
}

// Precondition: is_short().
Shortage shortage_of(const policy::Policy& policy, const LimitUsage& usage,
                     const counting::Decision& decision, bool deny_unknown) {
  const counting::Claim& claim = usage.claim;
  Shortage shortage;
  shortage.violation = {&policy, claim.limit, usage.used, claim.allowed, claim.outcome, claim.spared};
  if (decision.answer == Answer::unknown) {
    shortage.kind = Shortage::Kind::unknown;
    shortage.why = kSentences[static_cast<std::size_t>(decision.why)];
    // Nobody profits from filling his share.
    const bool denies = deny_unknown || decision.why == counting::Unknown::no_share;
    if (!claim.can_deny() || !denies) shortage.violation.outcome = Outcome::warned;
    return shortage;
  }
  if (!usage.exceeded()) {
    shortage.kind = Shortage::Kind::near;
    shortage.violation.outcome = Outcome::warned;
    return shortage;
  }
  // Broken before, and this write takes no more of it; or it grows by no more than allowGrowth.
  const bool spared =
      claim.outcome == Outcome::denied && (decision.answer == Answer::allowed || claim.within_growth);
  if (spared) {
    shortage.violation.outcome = Outcome::warned;
    shortage.violation.spared = policy::Spared::not_worse;
  }
  return shortage;
}

}  // namespace

std::vector<Shortage> shortages_of(const CountingAnswer& answer, SharedEngine& engine, bool deny_unknown) {
  std::vector<Shortage> shortages;
  for (const LimitUsage& usage : answer.decision.usages) {
    const policy::Policy& policy = answer.selection->policies().policies[usage.claim.scope.policy];
    if (!is_short(policy, usage, answer.decision.answer)) continue;
    Shortage& shortage = shortages.emplace_back(shortage_of(policy, usage, answer.decision, deny_unknown));
    if (shortage.kind == Shortage::Kind::full && shortage.violation.outcome == Outcome::denied)
      shortage.examples = engine.examples(answer, usage.claim);
  }
  return shortages;
}

}  // namespace hygiene::runtime
