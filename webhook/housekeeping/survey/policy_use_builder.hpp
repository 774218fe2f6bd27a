// One policy held against what is stored: how many Secrets it is about, which break its limits, and what the
// scopes of its limits across Secrets hold. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "housekeeping/survey/group_tallies.hpp"
#include "housekeeping/survey/survey.hpp"
#include "housekeeping/survey/top_n.hpp"
#include "policy/evaluator.hpp"

namespace hygiene::housekeeping {

struct HigherUse {
  bool operator()(const Use& a, const Use& b) const;
};

// What of the things that limits are about was seen.
struct Seen {
  std::string namespace_name;                        // empty: all
  const secret::Labels* namespace_labels = nullptr;  // of that namespace; null: no policy needs them
  bool whole_namespaces = true;
  bool whole_cluster = true;
  bool whole_secrets = true;  // not their metadata alone
  bool sizes = true;          // of the data of each
};

class PolicyUseBuilder {
 public:
  // `policy` must outlive it.
  explicit PolicyUseBuilder(const policy::Policy& policy);

  // True if it has a limit of one Secret.
  bool judges_secrets() const { return judges_secrets_; }
  // A Secret that the policy applies to. `broken`: its violations of this policy.
  void add(const secret::Facts& facts, const Tally& tally, std::span<const policy::Violation> broken);
  using Broken = std::function<void(policy::LimitKind, const Use&)>;
  // Each broken limit across Secrets is handed to `found` with its scope, the highest first. A namespace that
  // was asked for is judged without a Secret too.
  PolicyUse finish(const Seen& seen, const Broken& found);

 private:
  struct Limit {
    policy::LimitKind kind{};
    bool across = false;
    std::uint64_t allowed = 0;
    std::uint64_t judged = 0;
    std::uint64_t broken = 0;
    TopN<Use, HigherUse> highest{LimitUse::kKept};
  };
  void hold_against_scopes(Limit& limit, const Broken& found);

  const policy::Policy& policy_;
  bool judges_secrets_ = false;
  Tally matched_;
  Tally breaking_;
  std::vector<Limit> limits_;
  GroupTallies namespaces_;
  GroupTallies releases_;  // by NAMESPACE/RELEASE
};

}  // namespace hygiene::housekeeping
